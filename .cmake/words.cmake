# cmake -D SONANT=PROGRAM -D COMMANDS=LIST -D OUT=DIR -P words.cmake: completion scripts and manual
# pages, as the program itself writes them, under the folders in which shells and man look.
function(write folder name)
  file(MAKE_DIRECTORY ${OUT}/${folder})
  execute_process(COMMAND ${SONANT} ${ARGN} OUTPUT_FILE ${OUT}/${folder}/${name}
    COMMAND_ERROR_IS_FATAL ANY)
endfunction()

write(bash-completion/completions sonant completion bash)
write(zsh/site-functions _sonant completion zsh)
write(fish/vendor_completions.d sonant.fish completion fish)
write(man/man1 sonant.1 help --man)
foreach(command ${COMMANDS})
  write(man/man1 sonant-${command}.1 help --man ${command})
endforeach()
