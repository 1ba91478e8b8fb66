#include "cli/pairs.h"

#include <string.h>

void pairs_write_value(ess_json_writer *w, bool is_text, ess_slice value)
{
    ess_json_token token;
    ess_json_reader reader;
    ess_slice raw = {0};
    ess_json_reader_init(&reader, value);
    bool is_json = !is_text && ess_json_next(&reader, &token) == ESS_OK &&
                   ess_json_skip(&reader, &token, &raw) == ESS_OK &&
                   ess_json_next(&reader, &token) == ESS_OK && token.type == ESS_JSON_END;
    if (is_json)
        ess_json_raw(w, raw);
    else
        ess_json_text(w, value);
}

int pairs_write(const cli *c, size_t first, ess_json_writer *w,
                bool (*is_text)(const void *with, ess_slice key), const void *with)
{
    for (size_t i = first; i < c->in.words.count; i++) {
        const char *word = c->in.words.items[i];
        const char *equals = strchr(word, '=');
        if (equals == NULL || equals == word)
            return cli_fail(c, CLI_USAGE, "cli-usage", "%s: KEY=VALUE", word);
        ess_slice key = {word, (size_t)(equals - word)};
        ess_json_key_text(w, key);
        pairs_write_value(w, is_text != NULL && is_text(with, key), ess_slice_from(equals + 1));
    }
    return CLI_OK;
}

bool pairs_is_text_arg(const void *with, ess_slice key)
{
    const ess_model_command *command = with;
    for (size_t i = 0; command != NULL && i < command->arg_count; i++) {
        if (ess_slice_is(key, command->args[i].name))
            return command->args[i].type == ESS_MODEL_TEXT;
    }
    return false;
}
