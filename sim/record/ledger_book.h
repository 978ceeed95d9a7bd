/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A book of the ledger: a page a window, a cell a scope. Private to ledger*.c. */
#ifndef SIM_LEDGER_BOOK_H
#define SIM_LEDGER_BOOK_H

#include "sim/record/ledger.h"

/* All zero is empty. */
struct ledger_cell {
    uint64_t issued, ended[ENDINGS], attempts, served, waited; /* by issue */
    uint64_t finished, answered, messages;                     /* by instant */
    uint64_t worked;                                           /* drawn work completed, ns */
    uint64_t longest, in_flight;                               /* the most at one place */
    moments_wide in_system, waiting, busy;                     /* integrals, ns */
    moments_wide gone;                                         /* of servers away */
    struct moments duration[DURATIONS];                        /* n 0: not begun */
};

/* The scopes that an event touches, and those of one client, balancer or server. */
struct ledger_places {
    uint32_t n, at[7];
};
struct ledger_few {
    uint32_t n, at[3];
};

struct ledger_book {
    const struct metrics *metrics;
    bool measured;             /* its one page is measured time */
    struct ledger_times times; /* of a book of windows */
    lb_time from, to;          /* of measured time; `to` bounds every book */
    uint32_t pages, room;      /* written to so far; there may be */
    struct ledger_cell *cell;  /* page * scopes + place */
    uint64_t *above;           /* cell * aboves + i */
    moments_wide *occupied;    /* cell * occupieds + i */
    struct histogram *pool;    /* page * pools + i */
    bool whole;                /* the place of everything is kept too; if not, the tally does */
    struct ledger_few *client, *line, *server;
    uint8_t *durations;           /* by place: set of enum duration that somebody reads */
    uint32_t *pool_of;            /* place * DURATIONS + duration: a pool or LEDGER_NONE */
    uint32_t *place[SCOPE_KINDS]; /* by index of each kind; NULL: none of that kind */
    bool overflowed;
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
    uint32_t client, balancer;
};

struct ledger {
    struct ledger_book measured, windows;
    struct ledger_server *server;
    struct ledger_group *group;
    struct ledger_line *line; /* by balancer */
    struct ledger_homing *homing;
    uint32_t homing_n, homing_sweep; /* at so many the ones that are home are taken out */
    uint32_t servers, balancers;
    bool flights; /* somebody reads in_flight */
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

/* Both books, or the one there is: for (b = first_book(l); b; b = next_book(l, b)). */
static inline struct ledger_book *first_book(struct ledger *l)
{
    return &l->measured;
}

static inline struct ledger_book *next_book(struct ledger *l, const struct ledger_book *b)
{
    return b == &l->measured && l->windows.metrics ? &l->windows : NULL;
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

#define COUNT(book, page, places, field, amount)                                                   \
    do {                                                                                           \
        uint32_t i_;                                                                               \
        for (i_ = 0; (page) != LEDGER_NONE && i_ < (places).n; i_++)                               \
            book_cell(book, page, (places).at[i_])->field += (amount);                             \
    } while (0)

/* States: enters what has held until now; a peak is the most of a state that may last no time. */
void ledger_settle_server(struct ledger *, uint32_t server, lb_time now);
void ledger_settle_line(struct ledger *, uint32_t balancer, lb_time now);
void ledger_peak(struct ledger *, struct ledger_who, uint32_t waiting, uint32_t in_flight,
                 lb_time now);
/* A request of theirs was in the system from then to then. */
void ledger_sojourn(struct ledger *, uint32_t client, uint32_t balancer, lb_time from, lb_time to);

#endif
