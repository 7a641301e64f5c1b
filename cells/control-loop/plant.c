/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A cart on a rail with friction, and the PID controller that drives it to and fro. Every step is
 * computed twice from the same state: whoever loses or mixes up floating point registers is noticed
 * at once. Nothing here runs in an interrupt. /
 */
#include "loop.h"

#define FRICTION	0.8	/* 1/s */
#define GAIN_P		40.0
#define GAIN_I		12.0
#define GAIN_D		9.0
#define FORCE_LIMIT	20.0
#define SETPOINT	1.0	/* metres, either side of the middle */
#define SWITCH_STEPS	4000

struct plant {
	double place, speed, sum, error;
};

static struct plant plant;
static double dt, setpoint;
static uint64_t steps;

static double limited(double force)
{
	return force > FORCE_LIMIT ? FORCE_LIMIT : force < -FORCE_LIMIT ? -FORCE_LIMIT : force;
}

__attribute__((noinline)) static struct plant next(struct plant p)
{
	double error = setpoint - p.place, force;

	p.sum += error * dt;
	force = limited(GAIN_P * error + GAIN_I * p.sum + GAIN_D * (error - p.error) / dt);
	p.error = error;
	p.speed += (force - FRICTION * p.speed) * dt;
	p.place += p.speed * dt;
	return p;
}

void plant_init(uint64_t period_ns)
{
	dt = (double)period_ns / 1e9;
	setpoint = SETPOINT;
}

int64_t plant_step(bool *same)
{
	struct plant once = next(plant), again;

	/* For all that the compiler knows the state is another one now: it must compute again. */
	asm volatile("" : "+m" (plant));
	again = next(plant);
	*same = once.place == again.place && once.speed == again.speed && once.sum == again.sum;
	plant = once;
	if (++steps % SWITCH_STEPS == 0) {
		setpoint = -setpoint;
		plant.sum = 0;
		plant.error = setpoint - plant.place;
	}
	return (int64_t)(plant.place * 1e6);
}

int64_t plant_setpoint(void)
{
	return (int64_t)(setpoint * 1e6);
}
