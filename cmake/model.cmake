# The point model is data (spec/model/*.json); its C tables are made at build time, so they
# cannot drift from it.
# Debian's own interpreter, whatever else is in PATH: its packages (Paho) are for that one.
find_program(ESS_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH)
find_program(ESS_PYTHON python3 REQUIRED)
set(ESS_MODEL_DIR ${CMAKE_BINARY_DIR}/gen)
set(ESS_MODEL_SOURCE ${ESS_MODEL_DIR}/model_gen.c)
file(GLOB model_data CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/spec/model/*.json)
# A maker's own points, alarms and commands (docs/extending-the-model.md).
set(ESS_MODEL_EXTENSION "" CACHE FILEPATH "a maker's extension of the point model to build in")
set(model_options "")
if(ESS_MODEL_EXTENSION)
  set(model_options --extend ${ESS_MODEL_EXTENSION})
endif()
option(ESS_MODEL_TEXTS "keep labels, advice and explanations in the tables" ON)
if(NOT ESS_MODEL_TEXTS)
  list(APPEND model_options --without-texts)
endif()
add_custom_command(
  OUTPUT ${ESS_MODEL_SOURCE}
  COMMAND ${ESS_PYTHON} ${CMAKE_SOURCE_DIR}/scripts/make_model.py
          --model ${CMAKE_SOURCE_DIR}/spec/model ${model_options} --out ${ESS_MODEL_SOURCE}
  DEPENDS ${model_data} ${ESS_MODEL_EXTENSION} ${CMAKE_SOURCE_DIR}/scripts/make_model.py
          ${CMAKE_SOURCE_DIR}/include/ess/base.h
  COMMENT "Making the C tables of the point model")

# So are the rules that `ess explain` tells: they stand in the document.
set(ESS_RULES_SOURCE ${ESS_MODEL_DIR}/rules_gen.c)
set(rules_document ${CMAKE_SOURCE_DIR}/spec/protocol.md ${CMAKE_SOURCE_DIR}/spec/protocol.zh-CN.md)
add_custom_command(
  OUTPUT ${ESS_RULES_SOURCE}
  COMMAND ${ESS_PYTHON} ${CMAKE_SOURCE_DIR}/scripts/make_rules.py
          --spec ${CMAKE_SOURCE_DIR}/spec --out ${ESS_RULES_SOURCE}
  DEPENDS ${rules_document} ${CMAKE_SOURCE_DIR}/scripts/make_rules.py
          ${CMAKE_SOURCE_DIR}/scripts/spec_rows.py
  COMMENT "Making the C table of the rules")

# And what is said of a refusal, in Chinese: codec and session say it in English alone.
set(ESS_REFUSALS_SOURCE ${ESS_MODEL_DIR}/refusals_gen.c)
add_custom_command(
  OUTPUT ${ESS_REFUSALS_SOURCE}
  COMMAND ${ESS_PYTHON} ${CMAKE_SOURCE_DIR}/scripts/make_refusals.py
          --model ${CMAKE_SOURCE_DIR}/spec/model --out ${ESS_REFUSALS_SOURCE}
  DEPENDS ${CMAKE_SOURCE_DIR}/spec/model/refusals.json ${CMAKE_SOURCE_DIR}/scripts/make_refusals.py
  COMMENT "Making the C table of the refusals")

# And the compression dictionaries that src/pack has built in.
set(ESS_DICTIONARY_SOURCE ${ESS_MODEL_DIR}/dictionary_gen.c)
file(GLOB dictionaries CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/spec/dict/*)
add_custom_command(
  OUTPUT ${ESS_DICTIONARY_SOURCE}
  COMMAND ${ESS_PYTHON} ${CMAKE_SOURCE_DIR}/scripts/make_dictionary.py
          --dict ${CMAKE_SOURCE_DIR}/spec/dict --out ${ESS_DICTIONARY_SOURCE}
  DEPENDS ${dictionaries} ${CMAKE_SOURCE_DIR}/scripts/make_dictionary.py
  COMMENT "Making the C table of the dictionaries")
