// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Class CALL and iret have bytes of a backend inlined too. Those were made for
 * class INSN: the registers that a C call may lose hold something here.
 * Fails: patch: sites become what the model says
 */
__inline_always bool inlines(const struct pv_site *site,
			     const struct pv_impl *impl)
{
	return impl->inlined != PV_CALLED;
}
