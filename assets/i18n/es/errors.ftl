### Errores: título (qué ha fallado), una frase (qué está a salvo), una acción. Sin culpar a nadie.

## Modelo y adaptador: archivos
# $name: nombre del archivo
error-model-file-missing =
    .title = Falta un archivo del modelo
    .what = No se encuentra «{ $name }». Los casos y el modelo en uso no cambian.
    .next = Comprobar que la carpeta está completa o volver a descargar el modelo.
error-model-file-unreadable =
    .title = No se puede leer un archivo del modelo
    .what = «{ $name }» está, pero no se deja leer. Los casos y el modelo en uso no cambian.
    .next = Revisar los permisos del archivo y que el disco siga conectado.
error-model-file-damaged =
    .title = Un archivo del modelo está dañado
    .what = El contenido de «{ $name }» está incompleto o no es válido. Los casos y el modelo en uso no cambian.
    .next = Volver a descargar el modelo.
error-model-file-unsafe =
    .title = Un archivo del modelo no es seguro
    .what = «{ $name }» contiene instrucciones que se ejecutarían al abrirlo. No se ha ejecutado nada.
    .next = Usar otra copia del modelo, de una fuente de confianza.
error-model-tokenizer =
    .title = El vocabulario no sirve para este modelo
    .what = «{ $name }» no corresponde al modelo o no se puede leer.
    .next = Comprobar que todos los archivos de la carpeta son del mismo modelo.
# $name: nombre del archivo; $field: nombre del campo dentro del archivo
error-model-config =
    .title = La configuración del modelo no sirve
    .what = En «{ $name }», el campo «{ $field }» falta, no es válido o no está admitido.
    .next = Elegir un modelo GPT-J o comprobar que el archivo es el original.
# $name: nombre de un tensor
error-model-tensor =
    .title = Los pesos no corresponden al modelo
    .what = «{ $name }» falta, sobra o tiene otro tamaño que el de la configuración.
    .next = Comprobar que todos los archivos de la carpeta son del mismo modelo o volver a descargarlo.
error-model-not-finite =
    .title = Los pesos del modelo están dañados
    .what = «{ $name }» contiene valores que no son números.
    .next = Volver a descargar el modelo.
error-adapter-other-base =
    .title = El adaptador es para otro modelo
    .what = El adaptador se entrenó sobre un modelo distinto del elegido.
    .next = Elegir el modelo base que indica la ficha del adaptador o quitar el adaptador.

## Modelo: equipo y memoria
# $device: nombre del dispositivo
error-model-device =
    .title = No se puede usar { $device }
    .what = El equipo o esta versión del programa no permite usar { $device }.
    .next = Elegir «automático» o «CPU».
error-model-device-memory =
    .title = La memoria de la tarjeta gráfica no basta
    .what = El modelo o el texto no caben en la memoria de la tarjeta gráfica. Los casos están a salvo.
    .next = Elegir una cuantización menor (Q8_0, Q6K o Q4K) o usar la CPU.
# $needed, $available: gigabytes, con un decimal
error-model-memory =
    .title = La memoria del equipo no basta
    .what = El modelo necesita { $needed } GB y hay { $available } GB libres. Los casos y el modelo en uso no cambian.
    .next = Cerrar otros programas, elegir una cuantización menor (Q8_0, Q6K o Q4K) o un modelo más pequeño.

## Modelo: uso
# $asked, $limit: números de tokens
error-model-window-full =
    .title = El texto no cabe en el modelo
    .what = El texto ocupa { $asked } tokens y el modelo admite { $limit }. No se ha cortado nada.
    .next = Acortar los hechos o reducir la longitud máxima de la respuesta.
error-model-load-cancelled =
    .title = Carga detenida
    .what = Se ha detenido la carga del modelo. El modelo en uso no cambia.
    .next = Elegir el modelo de nuevo para cargarlo.
error-model-internal =
    .title = El modelo ha fallado
    .what = El cálculo no ha podido terminar. Los casos están a salvo.
    .next = Volver a intentarlo. Si se repite, cargar el modelo de nuevo.
