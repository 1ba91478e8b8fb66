/* TRY, for the rooms of this house only: a macro with control flow has no place in a public header.
 */
#ifndef ESS_CODEC_TRY_H
#define ESS_CODEC_TRY_H

/* Runs a fallible call and passes its error on; only where nothing must be released. */
#define TRY(call)                                                                                  \
    do {                                                                                           \
        ess_err try_err_ = (call);                                                                 \
        if (try_err_ != ESS_OK)                                                                    \
            return try_err_;                                                                       \
    } while (0)

#endif
