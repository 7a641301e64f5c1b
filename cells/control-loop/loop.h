/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Between the files of the control loop: the figures it keeps and the plant it controls.
 */
#ifndef CONTROL_LOOP_LOOP_H
#define CONTROL_LOOP_LOOP_H

#include <stdbool.h>
#include <stdint.h>

void figures_init(uint64_t period_ns);
void figures_late(uint64_t late_ns, uint64_t missed);	/* in the handler */
void figures_done(uint64_t done_ns);
void figures_plant(int64_t output, bool same);
uint64_t figures_periods(void);
void figures_print_line(void);
void figures_print_table(void);

void plant_init(uint64_t period_ns);

/*
 * One step of controller and plant. Returns the plant's place in millionths; *same: both
 * computations agreed.
 */
int64_t plant_step(bool *same);
int64_t plant_setpoint(void);

#endif
