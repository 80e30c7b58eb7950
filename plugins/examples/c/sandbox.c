// What the linker asks for and a sandbox does not have. A plugin needs no change here.

#include "analyzer.h"

// `analyzer.c` wants an object file with the type of the component. `devflow plugin build` puts the type in by itself.
void __component_type_object_force_link_analyzer(void) {}

typedef struct {
  uint8_t *ptr;
  size_t len;
} part_t;

// The C library writes through this function. Here, what is written goes to the log of the host, such as the words of a failed `assert`.
int32_t __imported_wasi_snapshot_preview1_fd_write(int32_t file, int32_t parts, int32_t n_parts, int32_t n_written) {
  (void)file;
  size_t sum = 0;
  for (const part_t *part = (const part_t *)parts; part < (const part_t *)parts + n_parts; part++) {
    analyzer_string_t text = {part->ptr, part->len};
    if (text.len > 0) devflow_plugin_log_write(DEVFLOW_PLUGIN_LOG_LEVEL_INFO, &text);
    sum += text.len;
  }
  *(size_t *)n_written = sum;
  return 0;
}
