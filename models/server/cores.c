/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/server.h"

lb_time cores_departure(lb_time *free_at, uint32_t cores, lb_time now, lb_time service)
{
    lb_time end = time_after(free_at[0] > now ? free_at[0] : now, service);
    uint32_t i = 0, child;

    while ((child = 2 * i + 1) < cores) {
        if (child + 1 < cores && free_at[child + 1] < free_at[child])
            child++;
        if (free_at[child] >= end)
            break;
        free_at[i] = free_at[child];
        i = child;
    }
    free_at[i] = end;
    return end;
}
