/* A table in memory, mirrored in one file. */
#include "agent/params.h"

#include "agent/limits.h"
#include "codec/try.h"
#include "ess/json.h"
#include "port/file.h"

#include <stdlib.h>
#include <string.h>

#define OBJECTS_MAX (AGENT_PARAMS_FILE / 512)

typedef struct params_object {
    char path[ESS_NS_MAX + 1];
    uint64_t rev;
    size_t len;
    char values[AGENT_PARAMS_TEXT];
} params_object;

struct agent_params {
    const char *file;
    params_object objects[OBJECTS_MAX];
    size_t count;
    char text[AGENT_PARAMS_FILE];
};

/* params->count: there is none. */
static size_t find(const agent_params *params, const char *path)
{
    size_t i = 0;

    while (i < params->count && strcmp(params->objects[i].path, path) != 0)
        i++;
    return i;
}

static ess_err add(agent_params *params, ess_slice path, params_object **out)
{
    params_object *object = &params->objects[params->count];

    if (params->count == OBJECTS_MAX)
        return ESS_E_NO_ROOM;
    TRY(ess_slice_copy(path, object->path, sizeof object->path));
    object->rev = 0;
    object->len = 0;
    params->count++;
    *out = object;
    return ESS_OK;
}

/* ---- reading: any surprise is damage */

static ess_err expect(ess_json_reader *reader, ess_json_type type, ess_json_token *token)
{
    return ess_json_next(reader, token) == ESS_OK && token->type == type ? ESS_OK : ESS_E_CORRUPT;
}

/* {"rev":N,"v":{...}}, the brace still to come. */
static ess_err read_object(params_object *object, ess_json_reader *reader)
{
    ess_json_token token;
    ess_slice raw;
    int64_t rev;

    TRY(expect(reader, ESS_JSON_OBJECT_BEGIN, &token));
    TRY(expect(reader, ESS_JSON_KEY, &token));
    if (!ess_json_text_is(&token, "rev") || ess_json_next(reader, &token) != ESS_OK ||
        ess_json_integer(&token, &rev) != ESS_OK || rev < 1)
        return ESS_E_CORRUPT;
    TRY(expect(reader, ESS_JSON_KEY, &token));
    TRY(expect(reader, ESS_JSON_OBJECT_BEGIN, &token));
    if (ess_json_skip(reader, &token, &raw) != ESS_OK || raw.len > AGENT_PARAMS_TEXT)
        return ESS_E_CORRUPT;
    memcpy(object->values, raw.ptr, raw.len);
    object->len = raw.len;
    object->rev = (uint64_t)rev;
    return expect(reader, ESS_JSON_OBJECT_END, &token);
}

static ess_err read_all(agent_params *params, ess_slice text)
{
    ess_json_reader reader;
    ess_json_token token;

    ess_json_reader_init(&reader, text);
    TRY(expect(&reader, ESS_JSON_OBJECT_BEGIN, &token));
    for (;;) {
        params_object *object;
        if (ess_json_next(&reader, &token) != ESS_OK)
            return ESS_E_CORRUPT;
        if (token.type == ESS_JSON_OBJECT_END)
            return expect(&reader, ESS_JSON_END, &token);
        TRY(add(params, token.text, &object));
        TRY(read_object(object, &reader));
    }
}

ess_err params_open(const char *path, agent_params **out)
{
    agent_params *params = calloc(1, sizeof *params);
    size_t len = 0;
    ess_err err;

    if (params == NULL)
        return ESS_E_NO_ROOM;
    params->file = path;
    err = port_read_text(path, params->text, sizeof params->text, &len);
    if (err == ESS_OK)
        err = read_all(params, (ess_slice){params->text, len});
    if (err != ESS_OK && err != ESS_E_NOT_FOUND) {
        params_close(params);
        return err;
    }
    *out = params;
    return ESS_OK;
}

void params_close(agent_params *params)
{
    free(params);
}

/* ---- writing */

static ess_err save(agent_params *params)
{
    ess_json_writer out;
    size_t len;

    ess_json_writer_init(&out, params->text, sizeof params->text);
    ess_json_object_begin(&out);
    for (size_t i = 0; i < params->count; i++) {
        const params_object *object = &params->objects[i];
        if (object->rev == 0)
            continue; /* seen for the first time, and that failed to be saved */
        ess_json_key_text(&out, ess_slice_from(object->path));
        ess_json_object_begin(&out);
        ess_json_key(&out, "rev");
        ess_json_int(&out, (int64_t)object->rev);
        ess_json_key(&out, "v");
        ess_json_raw(&out, (ess_slice){object->values, object->len});
        ess_json_object_end(&out);
    }
    ess_json_object_end(&out);
    TRY(ess_json_finish(&out, &len));
    return port_write_atomic(NULL, params->file, (ess_slice){params->text, len}, 0600);
}

ess_err params_keep(agent_params *params, const char *path, ess_slice values, uint64_t rev)
{
    static params_object before; /* large; used at once */
    size_t place = find(params, path);
    params_object *object = &params->objects[place];
    ess_err err;

    if (values.len > AGENT_PARAMS_TEXT)
        return ESS_E_NO_ROOM;
    if (place == params->count)
        TRY(add(params, ess_slice_from(path), &object));
    before = *object;
    memcpy(object->values, values.ptr, values.len);
    object->len = values.len;
    object->rev = rev;
    err = save(params);
    if (err != ESS_OK) /* not durable, so it has not happened */
        *object = before;
    return err;
}

ess_slice params_kept(const agent_params *params, const char *path, uint64_t *rev)
{
    size_t place = find(params, path);
    const params_object *object = &params->objects[place];

    *rev = place == params->count ? 0 : object->rev;
    return place == params->count ? (ess_slice){0} : (ess_slice){object->values, object->len};
}
