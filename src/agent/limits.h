/* Every bound of the agent that is not the protocol's own (codec/limits.h). */
#ifndef ESS_AGENT_LIMITS_H
#define ESS_AGENT_LIMITS_H

#define AGENT_DEVICES_MAX    16
#define AGENT_OBJECTS_MAX    64     /* objects of one device */
#define AGENT_BLOCKS_MAX     256    /* reads of one scan */
#define AGENT_GAP_REGISTERS  8      /* unused registers read along to save a request */
#define AGENT_RECORD_MAX     32768  /* bytes of one record of the outbox or the journal */
#define AGENT_STAGED_BYTES   524288 /* reports waiting for one sync */
#define AGENT_STAGED_MAX     1024
#define AGENT_ARGS_MAX       8192     /* bytes of a command's arguments */
#define AGENT_JOURNAL_MAX    8192     /* commands remembered */
#define AGENT_PARAMS_FILE    262144   /* bytes of the parameter file */
#define AGENT_PARAMS_TEXT    8192     /* bytes of one object's parameters */
#define AGENT_RETRY_MS       500      /* after the disk or the line refused */
#define AGENT_DRAIN_MS       5000     /* how long an orderly stop waits for receipts */
#define AGENT_KEYS_MAX       8   /* keys whose commands are trusted; STATE announces them all */
#define AGENT_REFUSAL_MS     20  /* [SIG-19] one command a so long is refused for its signature, */
#define AGENT_REFUSALS_BURST 100 /* and so many at once */

#endif
