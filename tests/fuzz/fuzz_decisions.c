/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any bytes are a log of decisions or none, never a crash, a leak or a hang. Bytes that begin with
 * "!" are read as they are; others get what a log begins with and checksums that fit, and are
 * played to a policy that looks at all it is shown, and asks its host for all it may. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/live/decision_log.h"
#include "sim/live/decision_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- The policy. */

struct curious {
    const struct lb_view *view;
    struct lb_host *host;
    uint64_t sum;
};

static void add(struct curious *c, const void *bytes, size_t n)
{
    const unsigned char *at = bytes;

    while (n-- > 0)
        c->sum = c->sum * 31 + *at++;
}

static void look(struct curious *c)
{
    const struct lb_view *v = c->view;
    uint32_t i;

    for (i = 0; i < v->usable_n; i++) {
        lb_server s = v->usable[i];

        if (s >= v->n || (i && s <= v->usable[i - 1]))
            abort();
        c->sum += v->load[s] + v->inflight[s] + v->weight[s] + v->slots[s] + v->name[s];
        add(c, &v->rate[s], sizeof v->rate[s]);
        add(c, &v->free_at[s], sizeof v->free_at[s]);
        add(c, &v->report[s], sizeof v->report[s]);
        add(c, v->label[s], strlen(v->label[s]));
        c->sum += v->zones ? v->zones[s] : 0;
        c->sum += v->full ? v->full[s / 64] >> s % 64 & 1 : 0;
        if (v->ramp)
            add(c, &v->ramp[s], sizeof v->ramp[s]);
    }
    if (v->usable_n > v->n || v->n > v->capacity)
        abort();
}

static void ask(struct curious *c, uint64_t what, uint64_t ticket)
{
    uint64_t *memo;

    switch (what % 8) {
    case 0:
        c->host->wake(c->host, (lb_time)ticket, ticket);
        break;
    case 1:
        c->host->probe(c->host, 0, ticket);
        break;
    case 2:
        c->host->offer(c->host, ticket);
        break;
    case 3:
        memo = c->host->memo(c->host, ticket);
        if (memo)
            c->sum += (*memo)++;
        break;
    case 4:
        c->host->publish(c->host, (uint32_t)ticket);
        break;
    default:
        break;
    }
}

static void *curious_open(const struct lb_setup *setup)
{
    struct curious *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    *c = (struct curious) { setup->view, setup->host, setup->random.state };
    look(c);
    return c;
}

static void take(struct curious *c, const struct lb_request *request)
{
    look(c);
    c->sum += request->id + request->key + request->parent + (uint64_t)request->size;
    add(c, request->tried, request->tried_n * sizeof request->tried[0]);
    c->sum += (*request->memo)++;
    ask(c, request->id, request->ticket);
}

static lb_server curious_pick(void *self, const struct lb_request *request,
                              struct lb_random *random)
{
    struct curious *c = self;

    take(c, request);
    if (request->id % 3 == 0) {
        c->host->also(c->host, 0, request->size);
        c->host->limit(c->host, request->size + 1);
        c->host->via(c->host, 0);
    }
    c->sum += lb_bits(random);
    return c->view->usable_n ? c->view->usable[request->id % c->view->usable_n] : LB_NONE;
}

static void curious_sent(void *self, const struct lb_request *request, lb_server s)
{
    struct curious *c = self;

    take(c, request);
    c->sum += c->view->load[s];
}

static void curious_done(void *self, const struct lb_outcome *outcome)
{
    struct curious *c = self;

    take(c, outcome->request);
    c->sum += c->view->load[outcome->server];
    if (outcome->report)
        add(c, outcome->report, sizeof *outcome->report);
}

static void curious_loaded(void *self, lb_server s)
{
    struct curious *c = self;

    c->sum += c->view->load[s];
}

static void curious_changed(void *self, lb_server s, lb_time now)
{
    struct curious *c = self;

    look(c);
    c->sum += c->view->weight[s] + (uint64_t)now;
}

static void curious_report(void *self, const struct lb_report *report, lb_time now)
{
    struct curious *c = self;

    look(c);
    c->sum += c->view->load[report->server] + report->cookie + (uint64_t)now;
    ask(c, report->cookie, report->cookie);
}

static void curious_wake(void *self, uint64_t cookie, lb_time now)
{
    struct curious *c = self;

    look(c);
    ask(c, cookie, (uint64_t)now);
}

static const struct lb_policy curious = {
    .abi = LB_ABI,
    .size = sizeof(struct lb_policy),
    .name = "curious",
    .sees = LB_SEES_LOAD | LB_SEES_WORK | LB_SEES_SIZE | LB_SEES_KEY | LB_SEES_RATE |
            LB_SEES_REPORTS | LB_SENDS_PROBES | LB_SENDS_COPIES | LB_USES_MEMO | LB_FORWARDS |
            LB_CUTS | LB_SEES_RAMP,
    .open = curious_open,
    .close = free,
    .pick = curious_pick,
    .sent = curious_sent,
    .done = curious_done,
    .loaded = curious_loaded,
    .changed = curious_changed,
    .report = curious_report,
    .wake = curious_wake,
};

/* ---- The log. */

static void put_line(FILE *out, const char *text, size_t n, uint64_t number)
{
    fwrite(text, 1, n, out);
    fprintf(out, " ~%08x\n", decision_sum(text, n, number));
}

static char *seal(const char *text, size_t size, size_t *length)
{
    static const char *const head[] = { "decisions 1", "policy 0 name=curious parameters=" };
    char *log = NULL;
    FILE *out = open_memstream(&log, length);
    uint64_t number = 0;

    if (!out)
        return NULL;
    for (; number < 2; number++)
        put_line(out, head[number], strlen(head[number]), number + 1);
    while (size) {
        const char *end = memchr(text, '\n', size);
        size_t n = end ? (size_t)(end - text) : size;

        put_line(out, text, n, ++number);
        size -= n + (end != NULL);
        text += n + (end != NULL);
    }
    fclose(out);
    return log;
}

static void play(const char *log, size_t length)
{
    struct policy_spec spec = { .name = "curious", .parameters = "", .policy = &curious };
    struct replayed r;
    FILE *in = fmemopen((void *)(uintptr_t)log, length, "r");
    int failed;

    if (!in)
        return;
    failed = decision_replay(&spec, in, &r);
    if ((failed || r.first_different) != (r.why[0] != '\0') || r.same > r.picks ||
        r.granted > r.wishes || r.picks > r.calls)
        abort();
    fclose(in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    size_t length;
    char *log;

    if (size && text[0] == '!') {
        play(text + 1, size - 1);
        return 0;
    }
    log = seal(text, size, &length);
    if (log)
        play(log, length);
    free(log);
    return 0;
}
