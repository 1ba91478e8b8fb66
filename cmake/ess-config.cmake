# find_package(ess) gives ess::ess: the shared library where BUILD_SHARED_LIBS is on, else the static
# one; ess::shared and ess::static name one of them.
include(${CMAKE_CURRENT_LIST_DIR}/ess-targets.cmake)
if(NOT TARGET ess::ess)
  add_library(ess::ess INTERFACE IMPORTED)
  if(BUILD_SHARED_LIBS)
    target_link_libraries(ess::ess INTERFACE ess::shared)
  else()
    target_link_libraries(ess::ess INTERFACE ess::static)
  endif()
endif()
