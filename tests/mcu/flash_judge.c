/* A device that does. */
#include "ess/judge.h"
#include "flash_parts.h"

int main(void)
{
    const ess_command command = {0};
    const ess_judge_facts facts = {.path = ""};
    ess_verdict verdict;
    link_device();
    ess_command_judge(&command, &facts, &verdict, NULL);
    return verdict.result;
}
