### Datos, entrenamiento y evaluación.

cli-bench-train-about = Mide la velocidad del entrenamiento en este equipo, con un modelo de prueba de 6,8 millones de parámetros
cli-bench-train-batch = Textos que se leen a la vez
cli-bench-train-tokens = Tokens de cada texto
cli-bench-train-steps = Pasos que se miden, tras uno que no cuenta
cli-bench-train-threads = Hilos de cálculo; si no se indica, todos
cli-bench-train-checkpointing = Volver a calcular lo intermedio en lugar de guardarlo: menos memoria, algo más lento
cli-bench-train-json = Escribir un objeto JSON
# $speed: tokens por segundo; $memory: la memoria máxima; $threads: hilos
train-bench = { $speed } tokens por segundo con { $threads } hilos; memoria máxima: { $memory }.
