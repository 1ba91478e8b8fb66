/* Programs that are only linked, to see how large they are. */
#ifndef ESS_MCU_FLASH_PARTS_H
#define ESS_MCU_FLASH_PARTS_H

void link_device(void);

#endif
