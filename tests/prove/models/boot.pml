// SPDX-License-Identifier: GPL-2.0-only
/*
 * A cell of a packed image, which no Linux loads: hypervisor/core/boot.c and the part of cell.c that goes with it. The cell has
 * two CPUs; the first scrubs, loads and starts it, also when it has reset itself. A manager starts and stops it at any time.
 */
mtype = { CREATED, LOADABLE, RUNNING, SHUT_DOWN, FAILED, RESET };
mtype = { PARKED, STARTING, ON };
mtype = { NOTHING, START, LOAD };	/* orders */

mtype state = CREATED;
mtype cpu_state[2] = PARKED;
mtype order[2] = NOTHING;
bool kicked[2], valid, tlb[2], in_cell[2];
bool managing;				/* hypercall_exclude() and manage(): see lock.pml */
byte waiting;				/* CPUs of the boot at the lock; the manager is there */
bool wanted;

bool ghost_loading;
bool ghost_stopped;			/* a stop was done, and nobody has asked for a start since */
bool ghost_asked;			/* a manager's stop is under way */

#define REACHES(n)	(in_cell[n] && (valid || tlb[n]))

/* hypercall_exclude() */
inline exclude()
{
	waiting++;
	atomic { !managing -> managing = true };
	waiting--
}

/* manage(), again and again while it answers PT_EBUSY */
inline enter()
{
	wanted = true;
	atomic { !managing && waiting == 0 -> managing = true };
	wanted = false
}

inline kick_if_on(k)
{
	if
	:: cpu_state[k] == ON -> kicked[k] = true
	:: else
	fi
}

/* cell_end() */
inline end_cell(how)
{
	atomic {
		ok = (state == RUNNING);
		state = (ok -> how : state)
	};
	if
	:: ok ->
		valid = false;
		atomic { tlb[0] = false; tlb[1] = false };
		kick_if_on(0);
		kick_if_on(1)
	:: else
	fi
}

inline send(to, what)
{
	assert(order[to] == NOTHING);
	order[to] = what
}

/* cell_cpu_on(), with the fence that life.pml is about. */
inline cpu_on(target)
{
	atomic {
		ok = (cpu_state[target] == PARKED);
		cpu_state[target] = (ok -> STARTING : cpu_state[target])
	};
	if
	:: ok && state == RUNNING -> send(target, START)
	:: ok && state != RUNNING -> cpu_state[target] = PARKED; ok = false
	:: else
	fi
}

/* all_parked() */
inline all_parked()
{
	kick_if_on(0);
	kick_if_on(1);
	ok = (cpu_state[0] == PARKED);
	ok = ok && cpu_state[1] == PARKED
}

/* cell_start() of a cell with contents: cell_loadable() and load_and_run(). */
inline start_cell()
{
	ok = false;
	if
	:: state != LOADABLE && state != RUNNING ->	/* else PT_ESTATE: it is being loaded already, or runs */
		all_parked();
		if
		:: ok ->
			assert(!REACHES(0) && !REACHES(1));	/* it scrubs what is not its first CPU's to load */
			assert(!ghost_stopped);
			state = LOADABLE;
			send(0, LOAD)
		:: else
		fi
	:: else
	fi
}

/* boot_load(), on the first CPU */
inline load()
{
	atomic { assert(!ghost_loading); ghost_loading = true };
	assert(state == LOADABLE);
	assert(!REACHES(0) && !REACHES(1));
	if
	:: /* the checksums are right */
		exclude();
		/* cell_run() */
		assert(state == LOADABLE && !REACHES(0) && !REACHES(1));
		all_parked();
		assert(ok);
		ghost_loading = false;
		valid = true;
		state = RUNNING;
		cpu_on(0);
		assert(ok);
		managing = false
	:: /* cell_spoil() */
		exclude();
		ghost_loading = false;
		state = FAILED;
		managing = false
	fi
}

proctype cpu(byte n)
{
	bool ok;

wait:	/* boot_wait() */
end_wait:
	do
	:: order[n] == START -> order[n] = NOTHING; break
	:: order[n] == LOAD -> order[n] = NOTHING; load()
	:: order[n] == NOTHING && n == 0 && state == RESET && !wanted ->	/* after a tenth of a second: who waited is in */
		exclude();
		/* Meanwhile somebody may have stopped it. */
		if
		:: state == RESET -> start_cell()
		:: else
		fi;
		managing = false
	od;
	cpu_state[n] = ON;
	kicked[n] = false;
	tlb[n] = false;
	in_cell[n] = true;
	do
	:: atomic { (valid || tlb[n]) -> tlb[n] = true; assert(!ghost_loading) };
		if
		:: skip
		:: break				/* CPU_OFF */
		:: end_cell(SHUT_DOWN); break
		:: end_cell(FAILED); break
		:: end_cell(RESET); break
		:: cpu_on(1 - n)
		:: skip;				/* WFI, maybe for ever */
end_asleep:
			kicked[n];
			if
			:: state != RUNNING -> break
			:: else
			fi
		fi
	:: !(valid || tlb[n]) -> assert(state != RUNNING); break
	od;
	in_cell[n] = false;
	order[n] = NOTHING;
	cpu_state[n] = PARKED;
	goto wait
}

/* cell_stop(), as often as it answers PT_AGAIN. A cell that is being loaded is not stopped: PT_ESTATE. */
inline stop_cell()
{
	ghost_asked = true;
	do
	:: enter();
		end_cell(SHUT_DOWN);
		if
		:: state == RESET -> state = SHUT_DOWN; managing = false
		:: state == SHUT_DOWN || state == FAILED ->
			all_parked();
			ghost_stopped = ok;
			managing = false;
			if
			:: ok -> break
			:: else
			fi
		:: else -> managing = false; break
		fi
	od;
	ghost_asked = false
}

active proctype manager()
{
	bool ok;

	do
	:: enter(); ghost_stopped = false; start_cell(); managing = false
	:: stop_cell()
	:: break
	od
}

init
{
	atomic { run cpu(0); run cpu(1) }
}

ltl stops { [] (ghost_asked -> <> !ghost_asked) }
ltl comes_again { [] (state == RESET -> <> (state != RESET)) }
ltl loads { [] (state == LOADABLE -> <> (state != LOADABLE)) }
