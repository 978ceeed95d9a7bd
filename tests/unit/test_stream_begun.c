/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A server whose words "begun" and "answer" come at once, and a balancer that cancels the request,
 * or closes everything, as soon as it hears the first of them, or does not wait for any. */
#include <CUnit/CUnit.h>
#include <event2/event.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sim/live/channel.h"

int suite_stream_begun(void);

struct asker {
    struct event_base *base;
    struct outlet *outlet;
    struct passage *passage;
    int listens, talks;
    bool closes;
    uint32_t begun, answers, failures;
};

static void on_begun(void *context, uint64_t ticket)
{
    struct asker *a = context;

    (void)ticket;
    a->begun++;
    if (a->closes)
        outlet_close(a->outlet);
    else
        outlet_cancel(a->outlet, a->passage);
}

static void on_answer(void *context, uint64_t ticket, const struct parcel *parcel)
{
    (void)ticket;
    (void)parcel;
    ((struct asker *)context)->answers++;
}

static void on_failed(void *context, uint64_t ticket, enum cause cause, bool sent)
{
    (void)ticket;
    (void)cause;
    (void)sent;
    ((struct asker *)context)->failures++;
}

static void turn(struct asker *a)
{
    int i;

    for (i = 0; i < 100; i++)
        event_base_loop(a->base, EVLOOP_NONBLOCK);
}

/* Sends request 7 to a socket of ours, which has it then. */
static void ask(struct asker *a, uint32_t connections)
{
    struct address at = address_loopback(0);
    const struct parcel parcel = parcel_blank(7);
    struct outlet_order order = { .transport = TRANSPORT_TCP,
                                  .limits = channel_limits_default(),
                                  .own = true,
                                  .context = a,
                                  .begun = on_begun,
                                  .answer = on_answer,
                                  .failed = on_failed };
    socklen_t length = sizeof at.at;
    char text[512];

    a->base = order.base = event_base_new();
    a->listens = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CU_ASSERT_FATAL(!bind(a->listens, (const struct sockaddr *)&at.at, at.length));
    CU_ASSERT_FATAL(!listen(a->listens, 4));
    getsockname(a->listens, (struct sockaddr *)&at.at, &length);
    order.address = at;
    order.limits.connections = connections;
    a->outlet = outlet_open(&order);
    a->passage = outlet_send(a->outlet, 1, &parcel);
    turn(a);
    a->talks = accept(a->listens, NULL, NULL);
    CU_ASSERT(read(a->talks, text, sizeof text) > 0);
}

static void answer_at_once(struct asker *a)
{
    static const char said[] = "begun id=7\nanswer id=7 status=ok\n";

    CU_ASSERT_EQUAL(write(a->talks, said, sizeof said - 1), (ssize_t)sizeof said - 1);
    turn(a);
    CU_ASSERT_EQUAL(a->begun, 1);
    CU_ASSERT_EQUAL(a->answers, 0);
    CU_ASSERT_EQUAL(a->failures, 0);
}

static void end(struct asker *a)
{
    turn(a);
    close(a->talks);
    close(a->listens);
    event_base_free(a->base);
}

static void test_cancelled(void)
{
    struct asker a = { .closes = false };
    const struct parcel parcel = parcel_blank(8);

    ask(&a, 10);
    answer_at_once(&a);
    CU_ASSERT_EQUAL(outlet_count(a.outlet).connections, 0);
    CU_ASSERT_EQUAL(outlet_count(a.outlet).idle, 0);
    CU_ASSERT_PTR_NOT_NULL(outlet_send(a.outlet, 2, &parcel));
    CU_ASSERT_EQUAL(outlet_count(a.outlet).reused, 0);
    outlet_close(a.outlet);
    end(&a);
}

static void test_closed(void)
{
    struct asker a = { .closes = true };

    ask(&a, 10);
    answer_at_once(&a);
    end(&a);
}

/* One connection may be. A request nobody waits for keeps it while there is no other one; its
 * answer is nobody's. */
static void test_forsaken(void)
{
    struct asker a = { .closes = false };
    const struct parcel parcel = parcel_blank(8);
    char text[512];
    int second;

    ask(&a, 1);
    outlet_forsake(a.outlet, a.passage);
    turn(&a);
    CU_ASSERT_EQUAL(outlet_count(a.outlet).connections, 1);
    outlet_send(a.outlet, 2, &parcel);
    turn(&a);
    CU_ASSERT_EQUAL(outlet_count(a.outlet).connections, 1);
    CU_ASSERT(recv(a.talks, text, sizeof text, MSG_DONTWAIT) <= 0); /* closed */
    second = accept(a.listens, NULL, NULL);
    CU_ASSERT(read(second, text, sizeof text) > 0);
    CU_ASSERT_EQUAL(write(second, "answer id=8\n", 12), 12);
    turn(&a);
    CU_ASSERT_EQUAL(a.answers, 1);
    outlet_forsake(a.outlet, outlet_send(a.outlet, 3, &parcel));
    CU_ASSERT(read(second, text, sizeof text) > 0);
    CU_ASSERT_EQUAL(write(second, "begun id=8\nanswer id=8\n", 23), 23);
    turn(&a);
    CU_ASSERT_EQUAL(a.begun, 0);
    CU_ASSERT_EQUAL(a.answers, 1);
    CU_ASSERT_EQUAL(outlet_count(a.outlet).idle, 1);
    CU_ASSERT_EQUAL(a.failures, 0);
    close(second);
    outlet_close(a.outlet);
    end(&a);
}

int suite_stream_begun(void)
{
    CU_pSuite suite = CU_add_suite("stream_begun", NULL, NULL);

    return !suite || !CU_add_test(suite, "cancelled as it begins", test_cancelled) ||
           !CU_add_test(suite, "closed as it begins", test_closed) ||
           !CU_add_test(suite, "forsaken", test_forsaken);
}
