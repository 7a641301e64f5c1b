/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Hypercalls: HVC #0, SMC Calling Convention (ARM DEN0028), fast calls of the vendor specific hypervisor
 * service. x0 holds the function, x1.. the arguments; x0 returns an enum pt_error or a value, x1 and x2 a
 * detail where a call says so; x4-x30 are preserved.
 *
 * Function numbers 0x0000-0x00ff of the same service are what Linux's KVM asks of its own half at EL2; ours lie elsewhere, so that a
 * KVM which does not know that EL2 has changed hands cannot hit one.
 *
 * Any cell may ask for UID and REVISION. CELL_START, CELL_SHUTDOWN, CELL_STOP and UART_INPUT are for the root and for cells with that
 * right over the cell (struct pt_right), all others are the root's; the rest get PT_EPERM. But for UART_INPUT they are made one
 * at a time (PT_EBUSY for the second caller).
 */
#ifndef PARTITA_HYPERCALL_H
#define PARTITA_HYPERCALL_H

#define PT_HC_UID		0x8600ff01u	/* DEN0028 section 6: w0-w3 = PT_UID_0..3 */
#define PT_HC_REVISION		0x8600ff03u	/* x0 = PT_ABI_VERSION, x1 = 0 */

/* 7fd5b4c8-31a9-4e0c-9b62-50a6c1d2e3f4 */
#define PT_UID_0		0xc8b4d57fu
#define PT_UID_1		0x0c4ea931u
#define PT_UID_2		0xa650629bu
#define PT_UID_3		0xf4e3d2c1u

/*
 * x1 = bytes of the cell blob that the caller has put into the call page (struct pt_status.call_page).
 * Returns the new cell's id. PT_EBLOB, PT_EOWNED, PT_ECPU: x1 = enum pt_blob_reason, x2 = offset of the
 * field in the blob; PT_ECPU only if parking CPUs is all that is missing. On success the root has lost the
 * memory and interrupts that the blob names.
 */
#define PT_HC_CELL_CREATE	0xc6005401u

/*
 * x1 = cell. created, shut down, failed or reset -> loadable. PT_AGAIN until the memory is scrubbed; then the
 * root sees the cell's RAM at its physical address and may write it.
 */
#define PT_HC_CELL_LOADABLE	0xc6005402u

/*
 * x1 = cell. loadable -> running. The root loses sight of the memory before the cell's first instruction.
 * A cell that came with a packed image: created, shut down, failed or reset -> loadable, and as soon as its first CPU has
 * loaded it, -> running, or failed if what the image has for it is damaged. PT_AGAIN until CPUs are parked and shared memory is scrubbed.
 */
#define PT_HC_CELL_START	0xc6005403u

/* x1 = cell. Sets the request word of a running cell's info page; the cell answers in its report page. */
#define PT_HC_CELL_SHUTDOWN	0xc6005404u

/*
 * x1 = cell. running or reset -> shut down with all CPUs parked, by force. PT_AGAIN while a CPU has not yet
 * arrived. A cell that has stopped by itself in another way is left as it is.
 */
#define PT_HC_CELL_STOP		0xc6005405u

/*
 * x1 = cell, in any state but running. PT_AGAIN until CPUs are parked and memory is scrubbed; then the
 * root owns it all again.
 */
#define PT_HC_CELL_DESTROY	0xc6005406u

/*
 * No cell may exist (PT_EBUSY). From the first call on none can be created. PT_AGAIN until the CPUs that
 * the root has taken offline are switched off by the firmware. Then each online CPU must call LEAVE.
 */
#define PT_HC_DISABLE		0xc6005407u

/* Takes the calling CPU out from under the hypervisor; returns PT_OK without it. After DISABLE, or to roll back an enable. */
#define PT_HC_LEAVE		0xc6005408u

/*
 * x1 = cell, x2 = count of bytes, at most PT_UART_INPUT_MAX, that x3 to x6 hold, the first in bits 7:0 of x3. Puts as many
 * of them as there is room for into the receive FIFO of the running cell's UART; returns how many. PT_EINVAL also if it
 * has none. At any time, from any number of CPUs.
 */
#define PT_HC_UART_INPUT	0xc6005409u
#define PT_UART_INPUT_MAX	32

/*
 * x1 = cell, x2 = IPA, x3 = bytes, none beyond the end of the page of x2, x4 = 0: copy them to the call page, or 1: from there. They are
 * RAM of the cell, and not shared. To be read, the cell is shut down, failed or reset, its CPUs are parked, it has
 * PT_CELL_DUMP, and its memory is not being scrubbed; or it is halted by PT_HC_CELL_DEBUG. To be written, it is halted.
 */
#define PT_HC_CELL_INSPECT	0xc600540eu

/*
 * x1 = cell, with PT_CELL_DEBUG, x2 = enum pt_debug. While a cell is debugged its software breakpoints (BRK), breakpoints,
 * watchpoints and steps halt it, and it has no debug registers of its own.
 */
#define PT_HC_CELL_DEBUG	0xc600540fu

enum pt_debug {
	PT_DEBUG_HALT,		/* running; from here on it is debugged. PT_AGAIN until each of its CPUs is off or waits at EL2 */
	PT_DEBUG_KICK,		/* the same, and wakes CPUs that sleep: they may find an SGI 0 that nobody has sent */
	PT_DEBUG_RESUME,	/* halted; all CPUs go on but those with PT_VCPU_HOLD */
	PT_DEBUG_DETACH,	/* the same without exception, and it is not debugged any more; or it has ended */
};

/*
 * x1 = cell, x2 = number of a CPU of it, x3 = 0: copy its struct pt_vcpu to the call page, or 1: from there; readable and writable as memory
 * is with PT_HC_CELL_INSPECT, but of a cell that is debugged as soon as this CPU waits.
 */
#define PT_HC_CELL_VCPU		0xc6005410u

/*
 * The root's. From now on until the board is reset nobody creates, loads, looks into or destroys a cell, nor disables: these calls
 * answer PT_ELOCKED. Cells are started and stopped as before, by whoever may. PT_ESTATE while a cell is loadable, whose memory the
 * root may still write, or debugged.
 */
#define PT_HC_LOCK		0xc6005411u

#endif
