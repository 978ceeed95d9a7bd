/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/play/film_pack.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Requests by serial; calls of each; attempts of each call; picks in their order, what they had at
 * hand, and what was believed by then; servers. */
#define COLUMNS                                                                                    \
    COLUMN(serial)                                                                                 \
    COLUMN(client)                                                                                 \
    COLUMN(issued)                                                                                 \
    COLUMN(end)                                                                                    \
    COLUMN(how)                                                                                    \
    COLUMN(work)                                                                                   \
    COLUMN(calls)                                                                                  \
    COLUMN(call_out)                                                                               \
    COLUMN(call_there)                                                                             \
    COLUMN(call_balancer)                                                                          \
    COLUMN(call_answered)                                                                          \
    COLUMN(call_home)                                                                              \
    COLUMN(call_attempts)                                                                          \
    COLUMN(attempt_server)                                                                         \
    COLUMN(attempt_sent)                                                                           \
    COLUMN(attempt_reached)                                                                        \
    COLUMN(attempt_begun)                                                                          \
    COLUMN(attempt_left)                                                                           \
    COLUMN(attempt_back)                                                                           \
    COLUMN(attempt_lost)                                                                           \
    COLUMN(pick_request)                                                                           \
    COLUMN(pick_call)                                                                              \
    COLUMN(pick_at)                                                                                \
    COLUMN(pick_answer)                                                                            \
    COLUMN(pick_attempt)                                                                           \
    COLUMN(pick_offer)                                                                             \
    COLUMN(pick_candidates)                                                                        \
    COLUMN(pick_beliefs)                                                                           \
    COLUMN(candidate_server)                                                                       \
    COLUMN(candidate_load)                                                                         \
    COLUMN(candidate_score)                                                                        \
    COLUMN(belief_token)                                                                           \
    COLUMN(belief_word)                                                                            \
    COLUMN(change_at)                                                                              \
    COLUMN(change_server)                                                                          \
    COLUMN(change_state)                                                                           \
    COLUMN(change_speed)

enum column {
#define COLUMN(name) COLUMN_##name,
    COLUMNS
#undef COLUMN
        COLUMN_COUNT
};

const char *const film_columns[] = {
#define COLUMN(name) #name,
    COLUMNS
#undef COLUMN
        NULL
};

/* All columns on their way to bytes. */
struct packing {
    const struct film *film;
    struct {
        int64_t *at;
        size_t n, room;
    } column[COLUMN_COUNT];
    uint32_t *index; /* of a request in the film, by row */
    uint32_t *requests, requests_n, *picks, picks_n;
    bool whole; /* all scores are whole numbers */
    bool failed;
};

static void put(struct packing *p, enum column which, int64_t value)
{
    if (p->column[which].n == p->column[which].room) {
        size_t room = p->column[which].room ? 2 * p->column[which].room : 256;
        int64_t *more = realloc(p->column[which].at, room * sizeof more[0]);

        if (!more) {
            p->failed = true;
            return;
        }
        p->column[which].at = more;
        p->column[which].room = room;
    }
    p->column[which].at[p->column[which].n++] = value;
}

static int64_t units(const struct packing *p, lb_time t)
{
    return t / p->film->unit;
}

/* 0 if it never was, else one more than the units since `from`. */
static int64_t since(const struct packing *p, lb_time from, lb_time t)
{
    return t == LB_NEVER ? 0 : units(p, t) - units(p, from) + 1;
}

static lb_time first_of(lb_time a, lb_time b, lb_time c)
{
    return a != LB_NEVER ? a : b != LB_NEVER ? b : c;
}

/* ---- Requests. */

static lb_time put_attempts(struct packing *p, const struct film_call *c)
{
    const lb_time from = first_of(c->there, c->out, c->out);
    lb_time last = from;
    uint32_t row, n = 0;

    for (row = c->attempt; row != FILM_NOTHING; n++) {
        const struct film_attempt *a = film_attempt_at(p->film, row);
        const lb_time in = first_of(a->begun, a->reached, a->sent);

        put(p, COLUMN_attempt_server, a->server);
        put(p, COLUMN_attempt_sent, units(p, a->sent) - units(p, from));
        put(p, COLUMN_attempt_reached, since(p, a->sent, a->reached));
        put(p, COLUMN_attempt_begun, since(p, first_of(a->reached, a->sent, a->sent), a->begun));
        put(p, COLUMN_attempt_left, since(p, in, a->left));
        put(p, COLUMN_attempt_back, since(p, a->left, a->back));
        put(p, COLUMN_attempt_lost, a->lost);
        if (a->back != LB_NEVER && a->back > last)
            last = a->back;
        row = a->next;
    }
    put(p, COLUMN_call_attempts, n);
    return last;
}

static void put_call(struct packing *p, const struct film_request *r, const struct film_call *c)
{
    lb_time last = put_attempts(p, c);

    put(p, COLUMN_call_out, units(p, c->out) - units(p, r->issued));
    put(p, COLUMN_call_there, since(p, c->out, c->there));
    put(p, COLUMN_call_balancer, c->balancer);
    put(p, COLUMN_call_answered,
        c->answered == LB_NEVER ? 0 : units(p, c->answered) - units(p, last));
    put(p, COLUMN_call_home, since(p, c->answered, c->home));
}

static void put_requests(struct packing *p)
{
    int64_t serial = -1, issued = 0;
    uint32_t i, row, n;

    for (i = 0; i < p->requests_n; i++) {
        const struct film_request *r = film_request_at(p->film, p->requests[i]);

        p->index[p->requests[i]] = i;
        put(p, COLUMN_serial, r->serial - serial - 1);
        put(p, COLUMN_client, r->client);
        put(p, COLUMN_issued, units(p, r->issued) - issued);
        put(p, COLUMN_end, since(p, r->issued, r->end));
        put(p, COLUMN_how, r->how);
        put(p, COLUMN_work, units(p, r->work));
        for (n = 0, row = r->call; row != FILM_NOTHING; row = film_call_at(p->film, row)->next, n++)
            put_call(p, r, film_call_at(p->film, row));
        put(p, COLUMN_calls, n);
        serial = r->serial;
        issued = units(p, r->issued);
    }
}

/* ---- Picks. */

static int64_t number_of_call(const struct packing *p, uint32_t request, uint32_t call)
{
    int64_t n = 0;
    uint32_t row = film_request_at(p->film, request)->call;

    for (; row != call; row = film_call_at(p->film, row)->next)
        n++;
    return n;
}

/* Mostly it is where that attempt went. */
static int64_t answer_of(const struct packing *p, const struct film_pick *pick)
{
    uint32_t row = film_call_at(p->film, pick->call)->attempt, n;
    int64_t guess = 0, more;

    if (pick->answer == LB_NONE || pick->answer == LB_HOLD || pick->answer == LB_REJECT)
        return pick->answer == LB_NONE ? 0 : pick->answer == LB_HOLD ? 1 : 2;
    for (n = 0; row != FILM_NOTHING && n < pick->attempt; n++)
        row = film_attempt_at(p->film, row)->next;
    if (row != FILM_NOTHING)
        guess = film_attempt_at(p->film, row)->server;
    more = pick->answer - guess;
    return 3 + (more < 0 ? -2 * more - 1 : 2 * more);
}

/* A score as a whole number more than the load; or the bits of a float. */
static int64_t score_of(const struct packing *p, const struct film_candidate *c)
{
    const float f = (float)c->score;
    uint32_t bits;

    if (p->whole)
        return (int64_t)c->score - c->load;
    memcpy(&bits, &f, sizeof bits);
    return bits;
}

static void put_beliefs(struct packing *p, const struct film_pick *pick, uint32_t *next)
{
    const struct film *f = p->film;
    int64_t n = 0;

    while (*next < f->beliefs && f->belief[*next].pick < pick->number)
        (*next)++;
    for (; *next < f->beliefs && f->belief[*next].pick == pick->number; (*next)++, n++) {
        const struct film_belief *b = &f->belief[*next];
        const bool steps = b->closed == b->closed_before;
        const int64_t how = steps && b->load == b->load_before + 1   ? 0
                            : steps && b->load + 1 == b->load_before ? 1
                                                                     : 2;

        put(p, COLUMN_belief_token, (int64_t)b->server * 3 + how);
        if (how == 2)
            put(p, COLUMN_belief_word, (int64_t)b->load << 1 | b->closed);
    }
    put(p, COLUMN_pick_beliefs, n);
}

static void put_pick(struct packing *p, const struct film_pick *pick, int64_t *request,
                     uint32_t *belief)
{
    const struct film_call *c = film_call_at(p->film, pick->call);
    const int64_t index = p->index[c->request];
    uint32_t i;

    put(p, COLUMN_pick_request, index - *request - 1);
    put(p, COLUMN_pick_call, number_of_call(p, c->request, pick->call));
    put(p, COLUMN_pick_at, units(p, pick->at) - units(p, first_of(c->there, c->out, c->out)));
    put(p, COLUMN_pick_answer, answer_of(p, pick));
    put(p, COLUMN_pick_attempt, pick->attempt);
    put(p, COLUMN_pick_offer, pick->offer);
    put(p, COLUMN_pick_candidates, pick->candidates);
    for (i = 0; i < pick->candidates && i < FILM_CANDIDATES; i++) {
        put(p, COLUMN_candidate_server, pick->at_hand[i].server);
        put(p, COLUMN_candidate_load, pick->at_hand[i].load);
        put(p, COLUMN_candidate_score, score_of(p, &pick->at_hand[i]));
    }
    put_beliefs(p, pick, belief);
    *request = index;
}

static bool scores_are_whole(const struct packing *p)
{
    uint32_t i, k;

    for (i = 0; i < p->picks_n; i++) {
        const struct film_pick *pick = film_pick_at(p->film, p->picks[i]);

        for (k = 0; k < pick->candidates && k < FILM_CANDIDATES; k++) {
            const double score = pick->at_hand[k].score;

            if (!(fabs(score) < 1e9) || floor(score) < score)
                return false;
        }
    }
    return true;
}

static void put_picks(struct packing *p)
{
    int64_t request = -1;
    uint32_t i, belief = 0;

    p->whole = scores_are_whole(p);
    for (i = 0; i < p->picks_n; i++)
        put_pick(p, film_pick_at(p->film, p->picks[i]), &request, &belief);
}

/* ---- Servers. */

static void put_changes(struct packing *p)
{
    int64_t at = 0;
    uint32_t i;

    for (i = 0; i < p->film->changes; i++) {
        const struct film_change *c = &p->film->change[i];

        put(p, COLUMN_change_at, units(p, c->at) - at);
        put(p, COLUMN_change_server, c->server);
        put(p, COLUMN_change_state, (int64_t)c->state << 1 | c->absent);
        put(p, COLUMN_change_speed, (int64_t)(c->speed * 1e6 + 0.5));
        at = units(p, c->at);
    }
}

/* ---- Bytes. */

static void put_byte(struct packing *p, struct film_bytes *out, uint8_t byte)
{
    if (out->n == out->room) {
        size_t room = out->room ? 2 * out->room : 65536;
        uint8_t *more = realloc(out->at, room);

        if (!more) {
            p->failed = true;
            return;
        }
        out->at = more;
        out->room = room;
    }
    out->at[out->n++] = byte;
}

static void put_varint(struct packing *p, struct film_bytes *out, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        put_byte(p, out, (uint8_t)(value | 0x80));
    put_byte(p, out, (uint8_t)value);
}

static uint64_t zigzag(int64_t x)
{
    return x < 0 ? ~((uint64_t)x << 1) : (uint64_t)x << 1;
}

static void put_column(struct packing *p, struct film_bytes *out, enum column which)
{
    const int64_t *at = p->column[which].at;
    const size_t n = p->column[which].n;
    bool alike = true, negative = false;
    size_t i;

    for (i = 0; i < n; i++) {
        alike &= at[i] == at[0];
        negative |= at[i] < 0;
    }
    put_byte(p, out, alike ? 0 : negative ? 2 : 1);
    put_varint(p, out, n);
    for (i = 0; i < (alike && n ? 1 : n); i++)
        put_varint(p, out, alike || negative ? zigzag(at[i]) : (uint64_t)at[i]);
}

bool film_pack(const struct film *f, struct film_bytes *out)
{
    struct packing *p = calloc(1, sizeof *p);
    bool good = false;
    int i;

    *out = (struct film_bytes) { .at = NULL };
    if (!p)
        return false;
    p->film = f;
    p->requests = film_requests(f, &p->requests_n);
    p->picks = film_picks(f, &p->picks_n);
    p->index = calloc(f->request.n + (size_t)1, sizeof p->index[0]);
    if (p->requests && p->picks && p->index) {
        put_requests(p);
        put_picks(p);
        put_changes(p);
        put_byte(p, out, p->whole);
        for (i = 0; i < COLUMN_COUNT; i++)
            put_column(p, out, (enum column)i);
        good = !p->failed;
    }
    for (i = 0; i < COLUMN_COUNT; i++)
        free(p->column[i].at);
    free(p->requests);
    free(p->picks);
    free(p->index);
    free(p);
    return good;
}

void film_print(FILE *out, const struct film_bytes *b)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t i;

    for (i = 0; i < b->n; i += 3) {
        const uint32_t left = (uint32_t)(b->n - i);
        const uint32_t x = (uint32_t)b->at[i] << 16 | (left > 1 ? (uint32_t)b->at[i + 1] << 8 : 0) |
                           (left > 2 ? b->at[i + 2] : 0);

        fputc(digits[x >> 18], out);
        fputc(digits[x >> 12 & 63], out);
        fputc(left > 1 ? digits[x >> 6 & 63] : '=', out);
        fputc(left > 2 ? digits[x & 63] : '=', out);
    }
}
