// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of a cell of two CPUs beside a root that calls anything at any time: hypervisor/core/cell.c, with what of the machine
 * it relies on. Comments name the C function that a step is of. CPU 0 is the cell's first. A store that another CPU may see late
 * is the one that matters (cas_starting); all else is seen at once, which the order of the C code's barriers has to ensure.
 *
 * What must hold: assertions in the steps, and the formulas at the end. Variables called ghost_* are no part of the hypervisor.
 */
mtype = { NONE, CREATED, LOADABLE, RUNNING, OVER };	/* of the cell; OVER: shut down, failed or reset */
mtype = { PARKED, STARTING, ON };			/* of a CPU; ON: PT_CPU_RUNNING */
mtype = { ROOT, CELL };

mtype state = NONE;
mtype cpu_state[2] = PARKED;
mtype owner[2] = ROOT;			/* cpu->cell */
bool buffered[2];			/* STARTING was written by a compare-and-swap, and only its own CPU knows yet */
bool order[2];				/* the mailbox holds CPU_ORDER_START */
bool kicked[2];				/* an interrupt of highest priority is pending */
bool valid;				/* root entries of the cell's stage 2 */
bool tlb[2];				/* this CPU holds translations of the cell */
bool in_cell[2];			/* between cpu_run() for the cell and cell_cpu_leave() */
bool scrubbed;				/* in a step of its own, where there is something to scrub */

mtype ghost_memory = ROOT;		/* whose data may be in the cell's memory */
mtype ghost_for[2];			/* whom the CPU was started for, and in which life of the cell */
byte ghost_in[2], ghost_life;
bool ghost_stopping;

#define REACHES(n)	(in_cell[n] && (valid || tlb[n]))

/* compare_and_swap(&cpu->status->state, PT_CPU_PARKED, PT_CPU_STARTING): of two the second fails, but who only reads may see it later. */
inline cas_starting(c, done)
{
	atomic {
		if
		:: cpu_state[c] == PARKED && !buffered[c] -> buffered[c] = true; done = true
		:: else -> done = false
		fi
	}
}

inline drain(d)
{
	atomic {
		if
		:: buffered[d] -> cpu_state[d] = STARTING; buffered[d] = false
		:: else
		fi
	}
}

/* cell_cpu_on(): PSCI CPU_ON, and the end of cell_run(). */
inline cpu_on(whom, target, on)
{
	cas_starting(target, on);
	if
	:: on ->
		drain(target);	/* the fence */
		if
		:: owner[target] != whom -> on = false
		:: else ->
			atomic {
				on = (whom == ROOT || state == RUNNING);
				ghost_for[target] = whom;
				ghost_in[target] = ghost_life
			}
		fi;
		drain(target);	/* at the latest: what follows are releases */
		if
		:: on -> assert(!order[target]); order[target] = true
		:: else -> cpu_state[target] = PARKED
		fi
	:: else
	fi
}

/* cell_end() */
inline end_cell(won)
{
	atomic {
		won = (state == RUNNING);
		state = (won -> OVER : state)
	};
	if
	:: won ->
		valid = false;				/* stage2_revoke() */
		atomic { tlb[0] = false; tlb[1] = false };	/* tlb_flush_vmid() */
		kick_if_on(0);
		kick_if_on(1)
	:: else
	fi
}

inline kick_if_on(k)
{
	if
	:: owner[k] == CELL && cpu_state[k] == ON -> kicked[k] = true
	:: else
	fi
}

proctype cpu(byte n)
{
	bool ok;

wait:	/* cell_cpu_wait(): cpu_look() */
end_wait:
	order[n];
	order[n] = false;
	cpu_state[n] = ON;
	/* cpu_run() */
	kicked[n] = false;		/* gic_cpu_reset() */
	tlb[n] = false;			/* tlb_flush_local() */
	assert(ghost_for[n] == owner[n]);
	if
	:: owner[n] == ROOT -> goto leave	/* runs the kernel until that takes it offline */
	:: else -> in_cell[n] = true
	fi;
	do
	:: atomic { (valid || tlb[n]) ->
		/* An instruction of the cell is fetched. */
		tlb[n] = true;
		assert(ghost_memory == CELL);
		assert(ghost_in[n] == ghost_life) };
		if
		:: skip
		:: break				/* CPU_OFF */
		:: end_cell(ok); break			/* a fault, SYSTEM_OFF, SYSTEM_RESET */
		:: cpu_on(CELL, 1 - n, ok)
		:: kicked[1 - n] = false		/* a write to its sibling's redistributor, let in before */
		:: skip; kicked[n];			/* guest_wait(): WFI, with everything masked */
			if
			:: state != RUNNING -> break
			:: else
			fi
		fi
	:: !(valid || tlb[n]) ->
		assert(state != RUNNING);		/* trap_sync(): else it were a fault of the cell's next life */
		break
	od;
leave:	/* cell_cpu_leave(), cpu_park() */
	in_cell[n] = false;
	order[n] = false;
	cpu_state[n] = PARKED;
	goto wait
}

/* all_parked() */
inline look_at(l, every)
{
	if
	:: owner[l] == CELL ->
		if
		:: cpu_state[l] == ON -> kicked[l] = true; every = false	/* kicked again */
		:: cpu_state[l] == STARTING -> every = false
		:: else
		fi
	:: else
	fi
}

inline all_parked(all)
{
	all = true;
	look_at(0, all);
	look_at(1, all)
}

/* scrub_step(): nobody else can reach it. */
inline scrub(clean)
{
	if
	:: clean && !scrubbed ->
		assert(!REACHES(0) && !REACHES(1));
		scrubbed = true;
		clean = false				/* PT_AGAIN */
	:: else
	fi
}

/* hold_cpus(), build(), take_from_root(), ownership_claim(), let_cpus_go() */
inline create()
{
	cas_starting(0, ok);
	drain(0);
	if
	:: ok ->
		cas_starting(1, ok);
		drain(1);
		if
		:: ok ->
			valid = false;
			scrubbed = false;
			state = CREATED;
			owner[0] = CELL;
			owner[1] = CELL;
			cpu_state[0] = PARKED;
			cpu_state[1] = PARKED
		:: else -> cpu_state[0] = PARKED
		fi
	:: else
	fi
}

/* cell_loadable() */
inline loadable()
{
	all_parked(ok);
	scrub(ok);
	if
	:: ok -> state = LOADABLE; ghost_memory = ROOT	/* lend_to_root() */
	:: else
	fi
}

/* cell_run() */
inline start()
{
	all_parked(ok);
	if
	:: ok ->
		assert(!REACHES(0) && !REACHES(1));
		ghost_memory = CELL;			/* take_from_root() */
		if
		:: scrubbed = false
		:: scrubbed = true			/* all of it is shared with somebody who works with it */
		fi;
		ghost_life = (ghost_life + 1) % 3;
		valid = true;				/* stage2_reinstate() */
		state = RUNNING;
		cpu_on(CELL, 0, ok)
	:: else
	fi
}

/* cell_destroy() */
inline destroy()
{
	all_parked(ok);
	scrub(ok);
	if
	:: ok ->
		owner[0] = ROOT;			/* ownership_release() */
		owner[1] = ROOT;
		ghost_memory = ROOT;			/* give_to_root() */
		state = NONE
	:: else
	fi
}

/* cell_stop(), until it is done. */
inline stop()
{
	ghost_stopping = true;
	end_cell(ok);
	do
	:: state == OVER ->
		all_parked(ok);
		if
		:: ok -> break
		:: else
		fi
	:: else -> break
	od;
	ghost_stopping = false
}

/* Management calls, which run one at a time (lock.pml). */
active proctype manager()
{
	bool ok;

	do
	:: state == NONE -> create()
	:: state == CREATED || state == OVER -> loadable()
	:: state == LOADABLE -> start()
	:: state == RUNNING -> end_cell(ok)
	:: stop()
	:: state == CREATED || state == LOADABLE || state == OVER -> destroy()
	od
}

/* Another CPU of the root: CPU_ON of one that was the root's when it was looked up. */
active proctype root()
{
	bool ok;

	do
	:: owner[0] == ROOT -> cpu_on(ROOT, 0, ok)
	:: owner[1] == ROOT -> cpu_on(ROOT, 1, ok)
	:: owner[0] == CELL && owner[1] == CELL
	od
}

init
{
	atomic { run cpu(0); run cpu(1) }
}

ltl stops { [] (ghost_stopping -> <> !ghost_stopping) }
ltl arrives { [] (cpu_state[1] == STARTING -> <> (cpu_state[1] != STARTING)) }
