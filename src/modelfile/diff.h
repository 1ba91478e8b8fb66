/* What changed from one model to another, and what that means to who uses it [MOD-13..16]. */
#ifndef ESS_MODELFILE_DIFF_H
#define ESS_MODELFILE_DIFF_H

#include "modelfile/load.h"

typedef enum model_effect {
    MODEL_EDITORIAL,  /* words for people alone */
    MODEL_COMPATIBLE, /* who knows the old one goes on as before */
    MODEL_BREAKING,   /* somebody who goes by the old one is misled, refused or endangered */
    MODEL_EFFECT_COUNT
} model_effect;

typedef struct model_change {
    const char *name; /* of the kind of change, for programs: "point-removed"; stays */
    model_effect effect;
    const char *rule;
    ess_model_text what, why;
    char path[160]; /* "BMS/soc", "power.set p", "BMS.cellVHigh.1" */
    char from[96], to[96];
} model_change;

typedef struct model_changes {
    model_change *list; /* owned */
    size_t count, room;
    size_t counts[MODEL_EFFECT_COUNT];
    bool lost; /* memory ran out: some are not listed */
} model_changes;

void model_diff(const model_set *from, const model_set *to, model_changes *out);
void model_changes_free(model_changes *changes);
/* The gravest effect of all; EDITORIAL where nothing changed. */
model_effect model_changes_effect(const model_changes *changes);
/* "editorial", "compatible", "breaking". */
const char *model_effect_name(model_effect effect);
/* [MOD-13..15] The step from one version to the other is large enough for the effect; where nothing
 * changed at all, none is needed. */
bool model_version_fits(const model_set *from, const model_set *to, const model_changes *changes);

#endif
