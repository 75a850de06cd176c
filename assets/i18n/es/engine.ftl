### Conversión, carga y medición de modelos.

settings-read-while-typing = Leer los hechos mientras se escriben
settings-read-while-typing-note = La propuesta empieza antes. Con la batería no se hace.

cli-bench-ui-type-wpm = Teclea los hechos a tantas palabras por minuto, en vez de ponerlos de una vez
cli-bench-ui-no-read-ahead = No lee los hechos mientras se teclean
