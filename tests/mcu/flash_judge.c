/* What judging commands adds to flash_device.c: the judge and the whole point model. */
#include "ess/judge.h"

int main(void)
{
    const ess_command command = {0};
    const ess_judge_facts facts = {.path = ""};
    ess_verdict verdict;
    ess_command_judge(&command, &facts, &verdict, NULL);
    return verdict.result;
}
