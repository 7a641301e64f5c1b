/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory and registers of a cell that has ended or is halted, as the driver hands them out. 0, or an
 * enum pt_error, or a positive errno.
 */
#ifndef CLI_ACCESS_H
#define CLI_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <partita/vcpu.h>

int access_memory(int device, uint32_t cell, uint64_t ipa, void *data, size_t size, bool write);
int access_vcpu(int device, uint32_t cell, unsigned int vcpu, struct pt_vcpu *data, bool write);

#endif
