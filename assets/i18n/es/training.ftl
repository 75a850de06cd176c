### Datos, entrenamiento y evaluación.
