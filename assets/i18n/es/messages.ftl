### Avisos breves de la ventana y el ejemplo de la primera vez.

toast-saved = Guardado
toast-exported = Copia escrita: { $value }
toast-busy = Se está escribiendo otra propuesta. Esperar a que termine o pararla.
toast-queued = La propuesta empezará en cuanto el modelo esté listo.
toast-model-ready = Modelo listo: { $value }
toast-download-paused = Descarga en pausa. Lo que ya ha llegado se conserva.
toast-drafts-recovered = Borradores recuperados de la última vez: { $value }
toast-already-open = Este caso ya estaba abierto con cambios sin guardar; se muestran los cambios.
toast-more-failed = Otros archivos que no se han podido abrir: { $value }
toast-copied = Copiado
toast-storage-works = Se vuelve a poder guardar.
# Un caso inventado, sin nombres, para probar el programa.
example-hechos = Una joven gitana y su madre fueron a ver un piso que se anunciaba en alquiler. La persona que lo enseñaba les dijo al verlas que ya estaba reservado. Esa misma tarde una amiga suya, que no es gitana, llamó por el mismo anuncio y le propusieron visitarlo al día siguiente.
