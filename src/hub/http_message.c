/* Answers: JSON into a buffer that grows until it fits, and the one form of an error. */
#include "hub/http_message.h"

#include <stdio.h>
#include <stdlib.h>

#include "ess/model.h"

#define FIRST_ROOM   32768u
#define GROWTH       32u /* 32 KiB, 1 MiB, 32 MiB: untouched pages cost nothing */
#define SENTENCE_MAX 1024

ess_err http_reply_json(http_reply *reply, int status, http_write write, const void *context)
{
    for (size_t room = FIRST_ROOM; room <= HTTP_ANSWER_MAX; room *= GROWTH) {
        ess_json_writer writer;
        size_t len = 0;
        char *body = malloc(room);
        if (body == NULL)
            return ESS_E_INTERNAL;
        ess_json_writer_init(&writer, body, room);
        ess_err err = write(context, &writer);
        if (err == ESS_OK)
            err = ess_json_finish(&writer, &len);
        if (err == ESS_OK) {
            free(reply->body);
            reply->status = status;
            reply->content_type = "application/json";
            char *fitted = realloc(body, len);
            reply->body = fitted != NULL ? fitted : body;
            reply->len = len;
            return ESS_OK;
        }
        free(body);
        if (err != ESS_E_NO_ROOM)
            return err;
    }
    return ESS_E_TOO_LARGE;
}

/* ---- errors */

typedef struct sentences {
    const char *id;
    char what[SENTENCE_MAX], why[SENTENCE_MAX], mend[SENTENCE_MAX];
} sentences;

static ess_err write_error(const void *context, ess_json_writer *out)
{
    const sentences *said = context;
    ess_json_object_begin(out);
    ess_json_key(out, "error");
    ess_json_object_begin(out);
    ess_json_key(out, "id");
    ess_json_text(out, ess_slice_from(said->id));
    ess_json_key(out, "what");
    ess_json_text(out, ess_slice_from(said->what));
    ess_json_key(out, "why");
    ess_json_text(out, ess_slice_from(said->why));
    ess_json_key(out, "mend");
    ess_json_text(out, ess_slice_from(said->mend));
    ess_json_object_end(out);
    ess_json_object_end(out);
    return ESS_OK;
}

/* Catalogue text and detail in one line, cut at a whole character. */
static void join(char room[SENTENCE_MAX], const char *text, const char *detail)
{
    bool more = detail != NULL && detail[0] != '\0';
    int wanted = snprintf(room, SENTENCE_MAX, "%s%s%s", text, more ? " " : "", more ? detail : "");
    size_t len = wanted < 0 ? 0 : (size_t)wanted;
    if (len >= SENTENCE_MAX)
        len = SENTENCE_MAX - 1;
    while (len > 0 && !ess_utf8_valid((ess_slice){room, len}))
        len--;
    room[len] = '\0';
}

void http_reply_problem(const http_request *request, http_reply *reply, const http_problem *problem)
{
    static const ess_model_error unlisted = {
        .id = "internal", .what = {"An error.", NULL}, .why = {"", NULL}, .mend = {"", NULL}};
    const ess_model_error *entry = ess_model_error_by_id(ess_slice_from(problem->id));
    sentences said = {.id = problem->id};
    if (entry == NULL)
        entry = &unlisted;
    join(said.what, ess_model_say(entry->what, request->chinese), NULL);
    join(said.why, ess_model_say(entry->why, request->chinese), problem->detail);
    join(said.mend, ess_model_say(entry->mend, request->chinese), problem->remedy);
    /* Without memory for the text, the status alone still tells. */
    if (http_reply_json(reply, problem->status, write_error, &said) != ESS_OK)
        reply->status = problem->status;
}

void http_reply_failure(const http_request *request, http_reply *reply, ess_err err)
{
    static const struct {
        ess_err err;
        int status;
        const char *id;
    } rows[] = {
        {ESS_E_NOT_FOUND, 404, "hub-not-found"},
        {ESS_E_DATA, 400, "hub-parameter"}, /* a cursor that is none */
        {ESS_E_NUMBER, 400, "hub-parameter"},
        {ESS_E_TOO_LARGE, 400, "hub-answer-size"},
        {ESS_E_NO_ROOM, 503, "hub-busy"},
        {ESS_E_STATE, 503, "hub-busy"},
        {ESS_E_STORAGE_FULL, 503, "storage-full"},
        {ESS_E_IO, 503, "io"},
    };
    http_problem problem = {.status = 500, .id = ess_model_error_of(err)->id};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].err == err)
            problem = (http_problem){.status = rows[i].status, .id = rows[i].id};
    }
    http_reply_problem(request, reply, &problem);
}
