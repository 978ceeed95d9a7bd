/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A book of the ledger: a page a window, a cell a scope. Private to ledger*.c. */
#ifndef SIM_LEDGER_BOOK_H
#define SIM_LEDGER_BOOK_H

#include "sim/record/ledger.h"

/* What every scope counts. All zero is empty. */
struct ledger_sums {
    uint64_t issued, attempts, served, waited; /* by issue */
    uint64_t ended[ENDINGS];                   /* by issue; in measured time not completed ones */
    uint64_t both;                             /* leaves: served and finished */
    uint64_t finished, answered, messages;     /* by instant */
    uint64_t longest;                          /* the most waiting at one place */
    moments_wide in_system, waiting;           /* integrals, ns */
    uint64_t extra[LEDGER_EXTRAS];             /* by issue */
    moments_wide work[LEDGER_WORKS];           /* by issue, ns at speed 1 */
};
struct ledger_cell {
    struct ledger_sums sums;
    uint64_t worked;                    /* drawn work completed, ns */
    uint64_t in_flight;                 /* the most at one place */
    moments_wide busy;                  /* an integral, ns */
    moments_wide gone;                  /* of servers away */
    struct moments duration[DURATIONS]; /* n 0: not begun */
};

/* The scopes that an event touches, and those of one client, balancer or server. */
struct ledger_places {
    uint32_t n, at[7];
};
struct ledger_few {
    uint32_t n, at[3];
};

/* Measured time is told by far the most. There each client, balancer and server counts in a leaf,
 * which the cells of all its scopes are added up from in the end; those with the same scopes share
 * one. */
struct ledger_leaf {
    struct ledger_sums sums;
    struct ledger_few places;
    struct ledger_few samples; /* those of its places, by batch, that want durations */
};

/* Completed requests of a scope wait here to be counted, a loop a duration. */
enum { LEDGER_BATCH = 32 };
struct ledger_batch {
    int64_t latency[LEDGER_BATCH], wait[LEDGER_BATCH], service[LEDGER_BATCH], alone[LEDGER_BATCH];
    uint32_t n, place;
};

struct ledger_book {
    const struct metrics *metrics;
    bool measured;             /* its one page is measured time */
    struct ledger_times times; /* of a book of windows */
    lb_time from, to;          /* of measured time; `to` bounds every book */
    uint32_t pages, room;      /* written to so far; there may be */
    uint32_t last_page;        /* of windows, and its borders: most of what happens falls there */
    struct ledger_window last;
    struct ledger_cell *cell; /* page * scopes + place */
    uint64_t *above;          /* cell * aboves + i */
    moments_wide *occupied;   /* cell * occupieds + i */
    struct histogram *pool;   /* page * pools + i */
    bool whole;               /* the place of everything is kept too; if not, the tally does */
    struct ledger_few *client, *line, *server; /* not of measured time, which has leaves */
    uint8_t *durations;           /* by place: set of enum duration that somebody reads */
    uint32_t *pool_of;            /* place * DURATIONS + duration: a pool or LEDGER_NONE */
    uint32_t *place[SCOPE_KINDS]; /* by index of each kind; NULL: none of that kind */
    bool overflowed;
};

/* The leaves of measured time, and who counts where. */
struct ledger_leaves {
    struct ledger_leaf *at;
    uint32_t n, first_server, batches;
    struct ledger_leaf **client, **line, **server;
    struct ledger_batch *batch;
};

struct ledger_server {
    lb_time since;
    struct ledger_state state;
    uint32_t in_flight, group;
};
struct ledger_line {
    lb_time since;
    uint32_t held, name;
};
/* A request that has ended for the counts, and is in the system until its client has the answer. */
struct ledger_homing {
    lb_time from, end;
    struct ledger_who who; /* its server: of an answer, LEDGER_NONE of other news */
};

struct ledger {
    struct ledger_book measured, windows;
    struct ledger_leaves leaves;
    struct ledger_server *server;
    struct ledger_group *group;
    struct ledger_line *line; /* by balancer */
    struct ledger_homing *homing;
    uint32_t homing_n, homing_sweep; /* at so many the ones that are home are taken out */
    uint32_t servers, balancers;
    bool windowed; /* there are windows */
    bool flights;  /* somebody reads in_flight */
    bool rare;     /* in_flight or occupancy, of measured time */
    struct ledger_roster roster;
};

/* 0 or -ENOMEM. `room` pages. */
int book_open(struct ledger_book *, const struct metrics *, const struct ledger_roster *,
              uint32_t room);
void book_close(struct ledger_book *);

/* The page that an instant lies in, or LEDGER_NONE. */
uint32_t book_page(struct ledger_book *, lb_time);
/* The borders of a page. */
struct ledger_window book_borders(const struct ledger_book *, uint32_t page);
/* Calls `enter` for each page that [from, to) crosses, with the time it has there. */
typedef void book_enter(struct ledger_book *, uint32_t page, uint64_t span, const void *context);
void book_span(struct ledger_book *, lb_time from, lb_time to, book_enter *, const void *context);

static inline struct ledger_cell *book_cell(const struct ledger_book *b, uint32_t page,
                                            uint32_t place)
{
    return &b->cell[(size_t)page * b->metrics->scopes + place];
}

/* The place of a scope in this book, or LEDGER_NONE. */
static inline uint32_t book_place(const struct ledger_book *b, enum scope_kind kind, uint32_t index)
{
    return index == LEDGER_NONE || !b->place[kind] ? LEDGER_NONE : b->place[kind][index];
}

/* The places that concern a client, a balancer of a name, a server of a group. */
struct ledger_few book_client(const struct ledger_book *, uint32_t client);
struct ledger_few book_line(const struct ledger_book *, uint32_t balancer, uint32_t name);
struct ledger_few book_server(const struct ledger_book *, uint32_t server, uint32_t group,
                              uint32_t zone);

/* 0 or -ENOMEM. */
int leaves_open(struct ledger *);
void leaves_close(struct ledger *);
/* Adds them up into the cells of measured time. To be called once. */
void leaves_gather(struct ledger *);
/* A batch is full. */
void leaves_flush(struct ledger *, struct ledger_batch *);

static inline struct ledger_leaf *client_leaf(const struct ledger *l, uint32_t client)
{
    return l->leaves.client[client];
}

static inline struct ledger_leaf *line_leaf(const struct ledger *l, uint32_t balancer)
{
    return l->leaves.line[balancer];
}

static inline struct ledger_leaf *server_leaf(const struct ledger *l, uint32_t server)
{
    return l->leaves.server[server];
}

/* How much of [from, to) lies in measured time, ns. */
static inline uint64_t ledger_overlap(const struct ledger *l, lb_time from, lb_time to)
{
    lb_time first = from > l->measured.from ? from : l->measured.from;
    lb_time last = to < l->measured.to ? to : l->measured.to;

    return last > first ? (uint64_t)(last - first) : 0;
}

/* Does an instant lie in measured time? Ends count from after its beginning. */
static inline bool ledger_in_time(const struct ledger *l, lb_time now)
{
    return now > l->measured.from && now <= l->measured.to;
}

static inline void ledger_put(struct ledger_places *p, const struct ledger_few *few)
{
    uint32_t i;

    for (i = 0; i < few->n; i++)
        p->at[p->n++] = few->at[i];
}

/* The places of everything, and of all that `who` names. */
static inline struct ledger_places ledger_places(const struct ledger_book *b, struct ledger_who who)
{
    struct ledger_places p;

    p.n = b->whole;
    p.at[0] = 0;
    if (who.client != LEDGER_NONE)
        ledger_put(&p, &b->client[who.client]);
    if (who.balancer != LEDGER_NONE)
        ledger_put(&p, &b->line[who.balancer]);
    if (who.server != LEDGER_NONE)
        ledger_put(&p, &b->server[who.server]);
    return p;
}

/* Counts in a book of windows. */
#define COUNT(book, page, places, field, amount)                                                   \
    do {                                                                                           \
        uint32_t i_;                                                                               \
        for (i_ = 0; (page) != LEDGER_NONE && i_ < (places).n; i_++)                               \
            book_cell(book, page, (places).at[i_])->field += (amount);                             \
    } while (0)

/* States: enters what has held until now; a peak is the most of a state that may last no time. */
void ledger_settle_server(struct ledger *, uint32_t server, lb_time now);
void ledger_settle_line(struct ledger *, uint32_t balancer, lb_time now);
void ledger_peak_server(struct ledger *, uint32_t server, uint32_t waiting, uint32_t in_flight,
                        lb_time now);

#endif
