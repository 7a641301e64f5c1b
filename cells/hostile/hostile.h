/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the rooms of the hostile cell share. A behaviour does one bad thing and tells by its verdict
 * what must become of the cell; the table of all is in tests/attack/README.md. /
 */
#ifndef HOSTILE_H
#define HOSTILE_H

#include <cell/cell.h>

enum verdict {
	SURVIVES,	/* returns; the cell goes on and says "survived: NAME" */
	FATAL,		/* the hypervisor stops the cell; if not, it says "NOT STOPPED: NAME" */
	ENDLESS,	/* until the cell is stopped by force; if not, it says "ENDED: NAME" */
	OFF,		/* the cell ends itself; if not, it says "NOT OFF: NAME" */
	/*
	 * FATAL at its first attempt; but a cell whose faults are only reported makes them all, and
	 * goes on
	 */
	REPORTED,
};

#define MAX_NUMBERS 3

/* The numbers after the name; missing ones are 0. */
struct numbers { uint64_t n[MAX_NUMBERS]; };

struct behaviour {
	const char *name;
	enum verdict verdict;
	void (*run)(const struct numbers *numbers);
};

/*
 * Each ends with an entry without a name. The first number of the first ones is an address that is
 * not ours.
 */
extern const struct behaviour address_behaviours[], memory_behaviours[], gic_behaviours[], waiting_behaviours[],
	call_behaviours[], register_behaviours[], pci_behaviours[];

/*
 * Exceptions that EL1 took while a behaviour ran: each skips its instruction; one that was taken on
 * fetching an instruction returns to the caller (x30). /
 */
extern volatile uint64_t exceptions, last_esr;

/* What has been tried in one behaviour; one that tries a single thing need not count. */
extern uint64_t attempts;

/* "GRANTED: ..." on the console: something was allowed that must not be. */
void granted(const char *what, uint64_t a, uint64_t b);

#endif
