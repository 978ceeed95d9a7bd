/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/server.h"

const struct discipline *const disciplines[] = { &discipline_fifo,
                                                 &discipline_lifo,
                                                 &discipline_ps,
                                                 &discipline_srpt,
                                                 &discipline_priority,
                                                 &discipline_priority_preemptive,
                                                 NULL };
