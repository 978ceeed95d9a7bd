/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The ranks that are not rank 0: between rank 0 and the foreman, who does the work. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/run/ranks.h"
#include "sim/run/ranks_post.h"

struct service {
    struct foreman foreman;
    struct outbox out;
    double looked, told, heard; /* when: the loop went round; a sign of life was given; anything
                                   came, from either side */
    double silent;              /* rank 0, s */
    bool over;
    int result;
};

static void end(struct service *s, int result)
{
    s->over = true;
    s->result = result;
}

/* `tries`: for a farewell, whether the task in hand may be why. */
static void tell(struct service *s, enum report_kind kind, uint32_t tries, const char *text)
{
    struct report report = { .kind = kind, .tries = tries };

    snprintf(report.text, sizeof report.text, "%s", text);
    post_send(&s->out, 0, TAG_REPORT, &report, sizeof report, NULL, 0);
    s->told = post_now();
}

static void introduce(struct service *s)
{
    char host[REPORT_TEXT] = "?";

    gethostname(host, sizeof host - 1);
    tell(s, REPORT_HELLO, 0, host);
}

static void obey(struct service *s, const struct order *order)
{
    s->silent = 0.0;
    switch (order->kind) {
    case ORDER_TASK:
        foreman_give(&s->foreman, &order->task);
        s->heard = post_now();
        break;
    case ORDER_STOP:
        foreman_stop(&s->foreman);
        break;
    case ORDER_END:
        end(s, 0);
        break;
    case ORDER_END_EARLY:
        end(s, 1);
        break;
    default:;
    }
}

static void pass_on(struct service *s, const struct report *report)
{
    int failed =
        post_send(&s->out, 0, TAG_REPORT, report, sizeof *report, report + 1, (size_t)report->size);

    if (failed) {
        struct report less = *report;

        less.size = 0;
        less.none = 1;
        snprintf(less.text, sizeof less.text, "%s",
                 failed == -EMSGSIZE ? "the result is too large to be sent" : "out of memory");
        post_send(&s->out, 0, TAG_REPORT, &less, sizeof less, NULL, 0);
    }
    s->heard = post_now();
}

static void hear_foreman(struct service *s)
{
    const struct report *report;

    if (!post_readable(s->foreman.reports))
        return;
    if (foreman_hear(&s->foreman) != HEARD_SOMETHING) {
        tell(s, REPORT_BYE, 1, "its process that starts workers has died");
        end(s, 1);
        return;
    }
    while ((report = foreman_report(&s->foreman))) {
        pass_on(s, report);
        foreman_taken(&s->foreman);
    }
}

/* Time in which this process itself did not run says nothing about others. */
static void watch_the_time(struct service *s)
{
    double now = post_now(), since = now - s->looked;

    s->looked = now;
    s->silent += since < 1.0 ? since : 1.0;
    if (now - s->told > ALIVE_S)
        tell(s, REPORT_ALIVE, 0, "");
    if (s->silent > MASTER_SILENT_S)
        end(s, -ETIMEDOUT);
}

static void serve(struct service *s, const struct crew *crew)
{
    introduce(s);
    while (!s->over) {
        uint32_t from;
        size_t n;
        void *order;

        while (!s->over && (order = post_next(TAG_ORDER, &from, &n))) {
            obey(s, order);
            free(order);
        }
        if (s->over)
            break;
        hear_foreman(s);
        watch_the_time(s);
        post_sweep(&s->out);
        if (crew->interrupt && *crew->interrupt && !s->over) {
            tell(s, REPORT_BYE, 0, "it was interrupted");
            end(s, 1);
        }
        if (!s->over)
            post_nap(s->foreman.reports, s->heard);
    }
}

int ranks_serve(const struct crew *crew)
{
    struct service s = { .out = { NULL, 0, 0 } };
    int failed = foreman_start(&s.foreman, crew); /* before MPI is started: see there */

    s.result = post_begin();
    if (s.result)
        failed = s.result;
    s.looked = s.told = s.heard = post_now();
    if (failed && !s.result)
        tell(&s, REPORT_BYE, 0, strerror(-failed));
    else if (!failed)
        serve(&s, crew);
    foreman_end(&s.foreman);
    post_close(&s.out, 1.0);
    return failed ? failed : s.result;
}
