/* `ess`: the one command line of the project; see cli.c. */
#include "cli/cli.h"

int main(int argc, char **argv)
{
    return cli_run(argc, argv, stdout, stderr);
}
