### Errores: título (qué ha fallado), una frase (qué está a salvo), una acción. Sin culpar a nadie.
