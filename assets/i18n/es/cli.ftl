### La línea de órdenes: la ayuda de cada orden y de cada opción (cli-ORDEN-OPCIÓN), y lo que se dice al usarla.

cli-about = Propone intervenciones ante casos de discriminación contra el pueblo gitano. Sin orden, abre la ventana.
cli-files = Casos guardados (.json) que se abren en la ventana
cli-usage = Uso:
cli-commands = Órdenes
cli-arguments = Argumentos
cli-options = Opciones
cli-help = Mostrar esta ayuda
cli-version = Mostrar la versión
cli-facts-file = Archivo de texto con los hechos; «-» lee de la entrada estándar
cli-model = Modelo: «embedded» (el de demostración), una carpeta o un repositorio (propietario/nombre@revisión)
cli-adapter = Adaptador LoRA: una carpeta o un repositorio
cli-quantization = Precisión de los pesos; si no se indica, q8_0 para los modelos grandes y el de demostración, none para el resto
cli-device = Dónde se calcula; auto usa la tarjeta gráfica si esta versión la admite y funciona
cli-offline = No usar la red: solo lo que ya está en este equipo

cli-predict-about = Escribe una propuesta de intervención y el resultado previsto para unos hechos
cli-predict-json = Escribir un objeto JSON en lugar del texto
cli-predict-max-new-tokens = Cuántos tokens se generan como máximo
cli-predict-temperature = 0 elige siempre lo más probable; por encima, con azar
cli-predict-top-k = Elegir solo entre los K tokens más probables
cli-predict-top-p = Elegir solo entre los tokens más probables que suman P
cli-predict-repetition-penalty = Por encima de 1, evita repetir tokens
cli-predict-seed = Semilla del azar

cli-logits-about = Escribe los identificadores de la entrada y los logits de su última posición, para comprobaciones
cli-logits-json = Escribir un objeto JSON (la única forma que hay)

cli-download-about = Descarga un modelo o un adaptador y escribe la carpeta en la que queda
cli-download-repo = Repositorio de Hugging Face: propietario/nombre o propietario/nombre@revisión

cli-bench-ui-about = Mide la ventana en este equipo: arranque, primera palabra, trabajo por imagen, reposo y memoria
cli-bench-ui-vault-cases = En vez de eso, mide la lista de una caja con tantos casos inventados
cli-bench-ui-idle-s = Segundos de reposo que se observan

# $outcome: la etiqueta o el texto generado
cli-outcome = Resultado previsto: { $outcome }
cli-no-outcome = (el modelo no ha escrito ninguno)
cli-token-limit = El texto se ha cortado al llegar al máximo de tokens (--max-new-tokens).
cli-demonstration = Modelo de demostración: sirve para probar el programa, no para trabajar.
cli-generated = Texto generado, sin revisar. No es asesoramiento jurídico.
# $wanted: el dispositivo que no se ha podido usar; $reason: lo que dice el equipo
cli-fallback = No se ha podido usar { $wanted } ({ $reason }); se usa la CPU.
