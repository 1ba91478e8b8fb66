/* What a device links: it sends numbered reports, hears the cloud, takes receipts and commands. The
 * linker drops the rest; the size of flash_device is the flash it takes, memcpy and friends with
 * it.
 */
#include "flash_parts.h"

#include "ess/downlink.h"
#include "ess/sender.h"
#include "ess/words.h"

#define WANTED(function) ((void (*)(void))(function))

static void (*const wanted[])(void) = {
    WANTED(ess_sender_init),     WANTED(ess_sender_restore), WANTED(ess_sender_stored),
    WANTED(ess_sender_line),     WANTED(ess_sender_cloud),   WANTED(ess_sender_receipt),
    WANTED(ess_sender_next),     WANTED(ess_sender_sent),    WANTED(ess_sender_wake),
    WANTED(ess_report_print),    WANTED(ess_batch_print),    WANTED(ess_presence_print),
    WANTED(ess_ack_print),       WANTED(ess_topic_print),    WANTED(ess_downlink_check),
    WANTED(ess_presence_parse),  WANTED(ess_receipt_parse),  WANTED(ess_command_parse),
    WANTED(ess_scratch_init),    WANTED(ess_json_decimal),   WANTED(ess_json_key),
    WANTED(ess_json_object_end),
};

void link_device(void)
{
    for (unsigned i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        wanted[i]();
}
