### Conversión, carga y medición de modelos.
