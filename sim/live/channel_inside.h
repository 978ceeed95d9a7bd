/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What stands behind channel.h: a table of functions for each transport. Its structs begin with
 * these, so that a pointer to the one is a pointer to the other. */
#ifndef SIM_CHANNEL_INSIDE_H
#define SIM_CHANNEL_INSIDE_H

#include "sim/live/channel.h"

struct inlet_table {
    void (*refuse)(struct inlet *);
    int (*listen)(struct inlet *);
    bool (*idle)(const struct inlet *);
    void (*close)(struct inlet *);
    void (*begun)(struct visitor *, const struct parcel *);
    void (*answer)(struct visitor *, const struct parcel *);
    void (*drop)(struct visitor *, enum visitor_end);
    void (*forsake)(struct visitor *); /* NULL: nothing is to be done */
};

struct inlet {
    const struct inlet_table *table;
    struct inlet_order order;
    struct inlet_count count;
    uint16_t port;
};

struct visitor {
    struct inlet *inlet;
    uint64_t tag;
};

struct outlet_table {
    void (*close)(struct outlet *);
    void (*prepare)(struct outlet *, uint32_t connections);
    bool (*ready)(const struct outlet *);
    struct passage *(*send)(struct outlet *, uint64_t ticket, const struct parcel *);
    void (*cancel)(struct outlet *, struct passage *);
    void (*forsake)(struct outlet *, struct passage *);
    void (*forget)(struct outlet *);
};

struct outlet {
    const struct outlet_table *table;
    struct outlet_order order;
    struct outlet_count count;
};

struct passage {
    uint64_t ticket;
};

/* Like inlet_open and outlet_open. */
struct inlet *stream_inlet_open(const struct inlet_order *, int *code, char *why, size_t room);
struct outlet *stream_outlet_open(const struct outlet_order *);
struct inlet *datagram_inlet_open(const struct inlet_order *, int *code, char *why, size_t room);
struct outlet *datagram_outlet_open(const struct outlet_order *);

/* Says in `why` that something could not be done to an address ("bind 127.0.0.1:9000: Address
 * already in use"), and gives `code` to *told. */
void channel_complain(int *told, char *why, size_t room, const char *what, const struct address *,
                      int code);

#endif
