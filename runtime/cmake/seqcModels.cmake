# seqc_add_model(NAME MODEL [OBJECT] [OPTIONS FLAG...])
#
# Compiles MODEL, an .onnx or .mlir file, whenever it changes, and makes the target
# NAME of it. What links with NAME can include NAME.h and call NAME_step. The model
# is a shared library, or with OBJECT a part of the program that links with it.
# OPTIONS are flags of `seqc compile`, such as --shape x=1x16 or --weights=file.
function(seqc_add_model name model)
  cmake_parse_arguments(PARSE_ARGV 2 arg "OBJECT" "" "OPTIONS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "seqc_add_model(${name}): required OBJECT or OPTIONS, "
      "found '${arg_UNPARSED_ARGUMENTS}'")
  endif()
  get_filename_component(model "${model}" ABSOLUTE)
  set(folder "${CMAKE_CURRENT_BINARY_DIR}/${name}.model")
  file(MAKE_DIRECTORY "${folder}")
  set(header "${folder}/${name}.h")
  set(compile $<TARGET_FILE:seqc::compiler> compile "${model}" ${arg_OPTIONS})
  if(arg_OBJECT)
    set(code "${folder}/${name}${CMAKE_C_OUTPUT_EXTENSION}")
    set(commands
      COMMAND ${compile} --name ${name} --emit=obj -o "${code}"
      COMMAND ${compile} --name ${name} --emit=header -o "${header}")
    add_library(${name} OBJECT IMPORTED GLOBAL)
    set_target_properties(${name} PROPERTIES IMPORTED_OBJECTS "${code}"
      INTERFACE_LINK_LIBRARIES m)
  else()
    set(code "${folder}/${name}.so")
    set(commands COMMAND ${compile} --name ${name} -o "${folder}/${name}")
    add_library(${name} SHARED IMPORTED GLOBAL)
    set_target_properties(${name} PROPERTIES
      IMPORTED_LOCATION "${code}" IMPORTED_SONAME "${name}.so")
  endif()
  add_custom_command(OUTPUT "${code}" "${header}" ${commands}
    DEPENDS "${model}" seqc::compiler
    COMMENT "Compiling the model ${name}" VERBATIM)
  add_custom_target(${name}-model DEPENDS "${code}" "${header}")
  add_dependencies(${name} ${name}-model)
  target_include_directories(${name} INTERFACE "${folder}")
endfunction()
