// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may make a management call: hypervisor/core/hypercall.c. Two CPUs of managers call without a rest; two CPUs of a boot
 * (boot.c) have work to do that nobody repeats for them, and come in by hypercall_exclude(). Never are two within, and whoever
 * excludes others gets in.
 */
byte managing, waiting;
byte ghost_within;
bool ghost_done[2];

inline be_within()
{
	ghost_within++;
	assert(ghost_within == 1);
	ghost_within--
}

/* compare_and_swap(&managing, 0, 1) */
#define FREE	atomic { managing == 0 -> managing = 1 }

/* manage() */
active [2] proctype manager()
{
	do
	:: waiting > 0				/* PT_EBUSY */
	:: waiting == 0 ->
		if
		:: FREE -> be_within(); managing = 0
		:: managing != 0		/* PT_EBUSY */
		fi
	od
}

/* hypercall_exclude(), hypercall_admit() */
proctype boot(byte n)
{
	waiting++;
	FREE;
	waiting--;
	be_within();
	managing = 0;
	ghost_done[n] = true
}

init
{
	atomic { run boot(0); run boot(1) }
}

ltl gets_in { <> ghost_done[0] && <> ghost_done[1] }
