### La caja de casos: palabras de la ventana y de la línea de órdenes.
