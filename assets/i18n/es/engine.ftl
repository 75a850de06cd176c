### Conversión, carga y medición de modelos.

settings-read-while-typing = Leer los hechos mientras se escriben
settings-read-while-typing-note = La propuesta empieza antes. Con la batería no se hace.
