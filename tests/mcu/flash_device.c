/* A device that does not judge commands by the model. */
#include "flash_parts.h"

int main(void)
{
    link_device();
    return 0;
}
