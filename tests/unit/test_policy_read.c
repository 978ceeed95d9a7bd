/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/schema.h"
#include "sim/scenario/topic.h"
#include "tests/unit/scenario_fixture.h"

int suite_policy_read(void);

#define HEAD "{ \"load\": 0.5, \"clients\": { \"service\": 1 }, \"servers\": {}, \"policies\": "

static void test_defaults(void)
{
    struct reading r = read_text(HEAD "\"many\" }");
    const struct fake_config *config;

    CU_ASSERT_PTR_NOT_NULL_FATAL(r.scenario);
    config = r.scenario->policies[0].config;
    CU_ASSERT(config->d == 2 && config->ratio == 0.25 && config->every == 100000000);
    CU_ASSERT(config->flag == 0 && config->tie == 2 && config->cuts.n == 0);
    CU_ASSERT_PTR_EQUAL(config->inner.policy, &fake_plain);
    CU_ASSERT_PTR_EQUAL(r.scenario->policies[0].policy, &fake_many);
    CU_ASSERT_PTR_NULL(r.scenario->policies[0].plugin);
    CU_ASSERT_STRING_EQUAL(
        r.scenario->policies[0].parameters,
        "d=2,ratio=0.25,every=100000000ns,flag=0,tie=random,cuts=[],inner=plain{}");
    reading_end(&r);
}

static void test_given(void)
{
    struct reading r =
        read_text(HEAD "[ { \"policy\": \"nginx:many\", \"description\": \"x\", \"d\": 5, "
                       "\"every\": \"1ms\", \"ratio\": 1, \"flag\": true,\n"
                       "    \"cuts\": [ \"1ms\", 2 ], \"inner\": { \"policy\": \"many\", \"tie\": "
                       "\"last\" } } ] }");

    CU_ASSERT_PTR_NOT_NULL_FATAL(r.scenario);
    CU_ASSERT_STRING_EQUAL(
        r.scenario->policies[0].parameters,
        "d=5,ratio=1,every=1000000ns,flag=1,tie=first,cuts=[0.001 2],inner=many{d=2,ratio=0.25,"
        "every=100000000ns,flag=0,tie=last,cuts=[],inner=plain{}}");
    CU_ASSERT_STRING_EQUAL(r.scenario->policies[0].name, "many");
    reading_end(&r);
}

static void test_labels(void)
{
    struct reading r = read_text(
        HEAD
        "[ \"plain\", \"many\", \"plain\", { \"policy\": \"many\", \"d\": 3, \"tie\": \"last\" },\n"
        "  \"nginx:many\", { \"policy\": \"many\", \"label\": \"plain\" }, \"./good.so#x\",\n"
        "  { \"policy\": \"./good.so\", \"label\": \"mine\" } ] }");
    static const char *const labels[] = { "plain #2",   "many",  "plain #3", "many(d=3,tie=last)",
                                          "nginx:many", "plain", "plain #4", "mine" };
    uint32_t i;

    CU_ASSERT_PTR_NOT_NULL_FATAL(r.scenario);
    for (i = 0; i < 8; i++)
        CU_ASSERT_STRING_EQUAL(r.scenario->policies[i].label, labels[i]);
    CU_ASSERT_STRING_EQUAL(r.scenario->policies[6].plugin, "./good.so");
    CU_ASSERT_STRING_EQUAL(r.scenario->policies[7].plugin, "./good.so");
    reading_end(&r);
}

/* All shared objects that a policy is made of, each once, the outer one first. */
static void test_plugins(void)
{
    struct reading r =
        read_text(HEAD "[ { \"policy\": \"./many.so#a\", \"inner\": { \"policy\": \"./many.so#b\", "
                       "\"inner\": \"./good.so\" } }, { \"policy\": \"many\", \"inner\": "
                       "\"./good.so#x\" }, \"many\" ] }");
    const struct plugin_path *p;

    CU_ASSERT_PTR_NOT_NULL_FATAL(r.scenario);
    p = r.scenario->policies[0].plugins;
    CU_ASSERT_PTR_NOT_NULL_FATAL(p);
    CU_ASSERT_STRING_EQUAL(p->path, "./many.so");
    CU_ASSERT_PTR_NOT_NULL_FATAL(p->next);
    CU_ASSERT_STRING_EQUAL(p->next->path, "./good.so");
    CU_ASSERT_PTR_NULL(p->next->next);
    p = r.scenario->policies[1].plugins;
    CU_ASSERT_PTR_NOT_NULL_FATAL(p);
    CU_ASSERT_STRING_EQUAL(p->path, "./good.so");
    CU_ASSERT_PTR_NULL(r.scenario->policies[1].plugin);
    CU_ASSERT_PTR_NULL(r.scenario->policies[2].plugins);
    reading_end(&r);
}

static void test_wrong(void)
{
    CU_ASSERT(refused(HEAD "[ \"plian\" ] }",
                      "policies[0]: unknown policy \"plian\"; did you mean \"plain\"?"));
    CU_ASSERT(refused(HEAD "[ \"zzzzzzzz\" ] }", "\"lbsim list policies\" names them all"));
    CU_ASSERT(refused(HEAD "[ \"./bad.so\" ] }", "policies[0]: ./bad.so: no such file"));
    CU_ASSERT(refused(HEAD "[] }", "expected 1 to 10000 policies, found 0"));
    CU_ASSERT(refused(HEAD "[ {} ] }", "policy is missing"));
    CU_ASSERT(refused(HEAD "[ { \"policy\": 3 } ] }",
                      "policies[0].policy: expected the name of a policy, found 3"));
    CU_ASSERT(refused(HEAD "[ \"many_of_d\" ] }", "many_of_d wants d"));
    CU_ASSERT(refused(HEAD "{ \"policy\": \"many\", \"cutz\": [] } }",
                      "policies.cutz: unknown key; did you mean \"cuts\"?"));
    CU_ASSERT(refused(HEAD "{ \"policy\": \"many\", \"d\": 101 } }",
                      "a whole number from 1 to 100, found 101"));
    CU_ASSERT(refused(HEAD "{ \"policy\": \"many\", \"d\": 2.5 } }",
                      "a whole number from 1 to 100, found 2.5"));
    CU_ASSERT(refused(HEAD "{ \"policy\": \"many\", \"every\": \"11s\" } }",
                      "from 0s to 10s, found \"11s\""));
    CU_ASSERT(refused(HEAD "{ \"policy\": \"many\", \"cuts\": [ 1, 200 ] } }",
                      "policies.cuts[1]: expected a time"));
    CU_ASSERT(
        refused(HEAD "{ \"policy\": \"many\", \"flag\": 1 } }", "expected true or false, found 1"));
    CU_ASSERT(refused(HEAD "{ \"policy\": \"many\", \"inner\": \"mani\" } }",
                      "policies.inner: unknown policy \"mani\"; did you mean \"many\"?"));
    CU_ASSERT(refused(
        HEAD "{ \"policy\": \"many\", \"inner\": { \"policy\": \"plain\", \"label\": \"x\" } } }",
        "policies.inner.label: unknown key"));
    CU_ASSERT(refused(HEAD "[ { \"policy\": \"many\", \"label\": \"x\" }, { \"policy\": \"plain\", "
                           "\"label\": \"x\" } ] }",
                      "policies[1]: the label \"x\" is taken"));
    CU_ASSERT(refused(
        HEAD "[ \"plain\", \"plain\", { \"policy\": \"many\", \"label\": \"plain #2\" } ] }",
        "the label \"plain #2\" is taken"));
    CU_ASSERT(refused(HEAD "{ \"policy\": \"many\", \"label\": \"\" } }",
                      "policies.label: expected a text of 1 to 100 bytes"));
}

static void test_schema(void)
{
    char *text = schema_text(&fake_source);

    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "https://json-schema.org/draft/2020-12/schema"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "nginx:many"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "hyperexponential"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "queue_limit"));
    free(text);
}

static void test_topics(void)
{
    struct topic_entry entry;
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);

    CU_ASSERT(topic_at("distributions", 0, &entry));
    CU_ASSERT(topic_at("arrivals", 2, &entry) && !strcmp(entry.name, "renewal"));
    CU_ASSERT_FALSE(topic_at("arrivals", 9, &entry));
    CU_ASSERT(topic_at("disciplines", 2, &entry) && !strcmp(entry.name, "ps"));
    CU_ASSERT_FALSE(topic_at("disciplines", 5, &entry));
    CU_ASSERT(topic_at("links", 0, &entry));
    CU_ASSERT_FALSE(topic_at("links", 1, &entry));
    CU_ASSERT_FALSE(topic_at("policies", 0, &entry));
    CU_ASSERT_FALSE(topic_explain(out, "nothing"));
    CU_ASSERT(topic_explain(out, "closed") && topic_explain(out, "servers"));
    topic_parameters(out, fake_params, sizeof(struct lb_param));
    fclose(out);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "population"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "fifo|lifo|ps|srpt|priority"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "first|last|random"));
    free(text);
}

int suite_policy_read(void)
{
    CU_pSuite suite = CU_add_suite("policies of a scenario", NULL, NULL);

    if (!suite || !CU_add_test(suite, "defaults", test_defaults) ||
        !CU_add_test(suite, "given", test_given) || !CU_add_test(suite, "labels", test_labels) ||
        !CU_add_test(suite, "plug-ins", test_plugins) ||
        !CU_add_test(suite, "wrong ones", test_wrong) ||
        !CU_add_test(suite, "schema", test_schema) || !CU_add_test(suite, "topics", test_topics))
        return -1;
    return 0;
}
