/* Any bytes as the body of a log-in and of a command, through router, body reader and model: they
 * are refused or taken, and every answer is well-formed JSON. */
#include <stdlib.h>

#include "../../unit/hub/fake_core.h"
#include "hub/auth.h"
#include "hub/http_router.h"
#include "port/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static hub_core core;
static http_api api;
static char token[AUTH_TOKEN_LEN + 1];

static bool same(const char *hash, ess_slice password)
{
    return ess_slice_is(password, hash);
}

static ess_slice find_field(const void *source, http_field kind, const char *name)
{
    (void)source;
    if (kind == HTTP_COOKIE)
        return ess_slice_from(token);
    return strcmp(name, "Content-Type") == 0 ? ESS_SLICE_LITERAL("application/json")
                                             : (ess_slice){NULL, 0};
}

static void set_up(void)
{
    hub_user user;
    port_log_open("fuzz", PORT_ERROR);
    fake_user(&core, "op7", HUB_ADMIN, "password");
    api = (http_api){.core = &core,
                     .sessions = auth_new(&core, same, "decoy"),
                     .events = stream_new(4096, 16, 1),
                     .web_dir = ""};
    auth_attempt attempt = {ESS_SLICE_LITERAL("op7"), ESS_SLICE_LITERAL("password"), 1, 1};
    if (api.sessions == NULL || auth_login(api.sessions, &attempt, &user, token) != ESS_OK)
        abort();
}

static void post(const char *path, ess_slice body)
{
    http_reply reply = {0};
    http_request request = {.method = HTTP_POST,
                            .path = ess_slice_from(path),
                            .body = body,
                            .field = find_field,
                            .now_mono_ms = 1,
                            .now_utc_ms = 1};
    ess_json_reader reader;
    ess_json_token first = {0};
    http_serve(&api, &request, &reply);
    ess_json_reader_init(&reader, (ess_slice){reply.body, reply.len});
    if (reply.status < 200 || ess_json_next(&reader, &first) != ESS_OK ||
        ess_json_skip(&reader, &first, NULL) != ESS_OK || ess_json_next(&reader, &first) != ESS_OK)
        abort();
    free(reply.body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (api.core == NULL)
        set_up();
    ess_slice body = {(const char *)data, size};
    post("/api/v1/commands", body);
    post("/api/v1/login", body);
    return 0;
}
