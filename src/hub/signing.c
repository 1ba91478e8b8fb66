/* Key files of the hub, and which key a device is answered with. */
#include "hub/signing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/try.h"
#include "ess/words.h"
#include "hub/core_run.h"
#include "port/log.h"

enum { PATH_ROOM = 400 };

static ess_err load_own(const char *data_dir, store_signer *out, char *why)
{
    char path[PATH_ROOM];
    int len = snprintf(path, sizeof path, "%s/command.key", data_dir);
    if (len < 0 || len >= PATH_ROOM)
        return ESS_E_TOO_LARGE;
    (void)snprintf(why, HUB_WHY_MAX, "%s", path);
    ess_err err = store_signer_load(path, out);
    return err == ESS_E_NOT_FOUND ? store_signer_new(path, out) : err;
}

static ess_err load_named(const char *path, store_signer *out, char *why)
{
    (void)snprintf(why, HUB_WHY_MAX, "%s", path);
    return store_signer_load(path, out);
}

static ess_err load_keys(const hub_signing_options *options, hub_signing *signing, char *why)
{
    if (options->key[0] == '\0')
        TRY(load_own(options->data_dir, &signing->key[0], why));
    else
        TRY(load_named(options->key, &signing->key[0], why));
    signing->keys = 1;
    if (options->old_key[0] == '\0')
        return ESS_OK;
    TRY(load_named(options->old_key, &signing->key[1], why));
    signing->keys = 2;
    return strcmp(signing->key[0].kid, signing->key[1].kid) == 0 ? ESS_E_EXISTS : ESS_OK;
}

ess_err hub_signing_open(const hub_signing_options *options, hub_signing *out, char *why)
{
    hub_signing signing = {.work = malloc(ESS_SIGNED_MAX)};
    char text[ESS_KEY_TEXT_LEN + 1];
    ess_err err = signing.work != NULL ? load_keys(options, &signing, why) : ESS_E_NO_ROOM;
    if (err != ESS_OK) {
        hub_signing_close(&signing);
        return err;
    }
    for (size_t i = 0; i < signing.keys; i++) {
        ess_public_key_print(signing.key[i].public_key, text);
        port_log(PORT_INFO, "commands are signed: kid=%s %s%s", signing.key[i].kid, text,
                 i > 0 ? " (old)" : "");
    }
    *out = signing;
    return ESS_OK;
}

void hub_signing_close(hub_signing *signing)
{
    free(signing->work);
    store_wipe(signing, sizeof *signing);
}

const store_signer *hub_signing_for(const hub_signing *signing, ess_slice kids)
{
    for (size_t i = 0; i < signing->keys; i++) {
        if (ess_names_have(kids, signing->key[i].kid))
            return &signing->key[i];
    }
    return signing->keys > 0 ? &signing->key[0] : NULL;
}

size_t hub_signing_print_kids(const hub_signing *signing, char room[static HUB_KIDS_ROOM])
{
    ess_json_writer writer;
    size_t len = 0;
    if (signing->keys == 0)
        return 0;
    ess_json_writer_init(&writer, room, HUB_KIDS_ROOM);
    ess_json_array_begin(&writer);
    for (size_t i = 0; i < signing->keys; i++)
        ess_json_text(&writer, ess_slice_from(signing->key[i].kid));
    ess_json_array_end(&writer);
    return ess_json_finish(&writer, &len) == ESS_OK ? len : 0;
}
