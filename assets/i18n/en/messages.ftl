### Short messages of the window and the example of the first time.

toast-saved = Saved
toast-exported = Copy written: { $value }
toast-busy = Another proposal is being written. Wait until it ends, or stop it.
toast-queued = The proposal will begin as soon as the model is ready.
toast-model-ready = Model ready: { $value }
toast-download-paused = Download paused. What has arrived is kept.
toast-drafts-recovered = Drafts recovered from last time: { $value }
toast-already-open = This case was already open with unsaved changes; the changes are shown.
toast-more-failed = Other files that could not be opened: { $value }
toast-copied = Copied
toast-storage-works = Saving works again.
# An invented case, without names, to try the program with. The model reads Spanish.
example-hechos = Una joven gitana y su madre fueron a ver un piso que se anunciaba en alquiler. La persona que lo enseñaba les dijo al verlas que ya estaba reservado. Esa misma tarde una amiga suya, que no es gitana, llamó por el mismo anuncio y le propusieron visitarlo al día siguiente.
