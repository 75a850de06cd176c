"""The phrases that corpus_variants.py composes samples from, in the notation that it explains.

Written for this project; every person, place and event in them is invented.
"""

# (how first named, how named again, form)
PERSONS = [
    ("Una joven gitana", "la joven", "f"), ("Un joven gitano", "el joven", "m"), ("Una mujer gitana", "la mujer", "f"),
    ("Un hombre gitano", "el hombre", "m"), ("Una familia gitana", "la familia", "f"), ("Un vecino gitano", "el vecino", "m"),
    ("Una vecina gitana", "la vecina", "f"), ("Dos jóvenes gitanos", "los jóvenes", "mp"), ("Dos mujeres gitanas", "las mujeres", "fp"),
    ("Una madre gitana", "la madre", "f"), ("Un padre gitano", "el padre", "m"), ("Una pareja gitana", "la pareja", "f"),
    ("Un estudiante gitano", "el estudiante", "m"), ("Una estudiante gitana", "la estudiante", "f"),
    ("Un trabajador gitano", "el trabajador", "m"), ("Una trabajadora gitana", "la trabajadora", "f"),
    ("Varias familias gitanas", "las familias", "fp"), ("Dos hermanos gitanos", "los hermanos", "mp"),
    ("Una pareja joven de etnia gitana", "la pareja", "f"), ("Una señora gitana de edad avanzada", "la señora", "f"),
    ("Un muchacho gitano", "el muchacho", "m"), ("Una chica gitana", "la chica", "f"), ("Un chico gitano", "el chico", "m"),
    ("Un matrimonio gitano", "el matrimonio", "m"), ("Una mujer gitana de 34 años", "la mujer", "f"),
    ("Un joven gitano de 22 años", "el joven", "m"), ("Una joven gitana de 19 años", "la joven", "f"),
]

OPENINGS = [
    "En {mes}", "El pasado {dia}", "Hace unas semanas", "A mediados de {mes}", "A finales de {mes}", "Hace unos días",
    "En un pueblo de PROVINCIA", "En PROVINCIA", "En una localidad de la provincia de PROVINCIA", "Un {dia} por la tarde", "Un {dia} por la mañana",
]

# By strength of the proof: none, some, strong.
PROOFS = {
    0: [
        "No había nadie más que lo oyera.", "Nadie quiso dar su nombre como testigo.", "Aquello se dijo de palabra y sin testigos.",
        "{r} no [sabe|saben] con quién habló.", "No quedó constancia de nada por escrito.", "{r} [prefirió|prefirieron] marcharse sin discutir.",
    ],
    1: [
        "Otra persona que estaba presente se ofreció a contarlo.", "Una amiga que {le} acompañaba presenció lo ocurrido.",
        "{r} [apuntó|apuntaron] el día y la hora.", "Un conocido comprobó después que con él no se hacía lo mismo.",
        "{r} [contó|contaron] lo sucedido a la entidad al día siguiente.",
    ],
    2: [
        "{r} [conserva|conservan] el mensaje en el que se {le} dijo.", "La conversación quedó grabada.", "Dos testigos firmaron su relato.",
        "La respuesta consta por escrito.", "Hay fotografías y varios testigos.", "La persona responsable lo reconoció delante de testigos.",
    ],
}

# What the person was told, in any ámbito.
INFORMS = [
    "Desde la entidad se informó {a} de sus derechos y de cómo actuar ante un incidente de este tipo.",
    "Se escuchó {a} y se {le} explicó qué pasos podía[|n] dar.", "Se asesoró {a} sobre sus derechos y se recogió su testimonio.",
    "El equipo de igualdad se entrevistó con {r} y recogió su relato por escrito.",
    "Se ofreció {a} acompañamiento durante todo el proceso.", "Se informó {a} de que los hechos podían ser contrarios a la ley de igualdad de trato.",
    "Se acompañó {a} y se ordenaron las pruebas de que disponía[|n].", "Se orientó {a} sobre las vías de reclamación y sus plazos.",
]

CLOSINGS = [
    "Se ofreció {a} apoyo emocional.", "Se hizo un seguimiento del caso durante los meses siguientes.",
    "Se informó además {a} de la posibilidad de acudir a la vía judicial.", "Se propuso una reunión para buscar una solución acordada.",
    "Se solicitó una respuesta por escrito en el plazo de un mes.", "El caso quedó registrado por la entidad.",
]

PLACE_WORDS = {
    "Acceso a bienes y servicios": [
        "la tienda", "el supermercado", "el bar", "la discoteca", "el restaurante", "la cafetería", "el hotel", "la piscina", "el banco",
        "la joyería", "el gimnasio", "el centro comercial", "la peluquería", "la zapatería", "el autobús", "el cine", "la gasolinera", "la perfumería",
    ],
    "Empleo": [
        "la empresa", "el hotel", "el supermercado", "la fábrica", "el almacén", "el restaurante", "la empresa de limpieza", "la tienda", "la finca",
        "el taller", "la residencia", "la panadería", "la obra", "la cadena de ropa", "la empresa de trabajo temporal", "la guardería",
    ],
    "Vivienda": ["la inmobiliaria", "la agencia", "la propietaria", "el propietario", "la comunidad", "el casero", "el administrador"],
    "Educación": ["el colegio", "el instituto", "la guardería", "la escuela infantil", "el comedor escolar", "la universidad", "la academia", "el centro de formación"],
    "Salud": ["el hospital", "el centro de salud", "el ambulatorio", "la clínica", "las urgencias", "la farmacia", "la consulta"],
    "Servicios policiales": ["la calle", "la plaza", "el parque", "la estación", "el barrio", "el mercadillo", "la carretera", "el aparcamiento"],
    "Medios de comunicación": ["el periódico", "el diario", "la televisión", "la radio", "la revista", "el programa", "la emisora", "el diario digital"],
    "Redes sociales": ["la red social", "la página", "el perfil", "el vídeo", "el canal", "el foro", "el grupo"],
    "Otros": ["el Ayuntamiento", "la asociación vecinal", "la parroquia", "la notaría", "el club deportivo", "la oficina", "el camping", "la biblioteca"],
}

AMBITOS = {
    "Acceso a bienes y servicios": {
        "general": "el establecimiento",
        "events": [
            "{s} [fue|fueron] a {unp} y el vigilante de seguridad [lo|la|los|las] siguió por todos los pasillos.",
            "{s} [quiso|quisieron] entrar en {unp} y en la puerta {le} dijeron que <el local estaba completo;era una fiesta privada;hacía falta invitación>.",
            "En {unp} se negaron a atender a {u} <sin dar ninguna razón;con la excusa de que iban a cerrar;porque no querían problemas>.",
            "{s} [pidió|pidieron] mesa en {unp} y {le} respondieron que estaba todo reservado, aunque había sitios libres.",
            "A la salida de {unp}, el guardia obligó a {u} a abrir <el bolso;la mochila;las bolsas> delante de todos.",
            "{s} [intentó|intentaron] contratar un servicio en {unp} y {le} exigieron una fianza que no se pedía a nadie más.",
            "{s} [fue|fueron] a comprar a {unp} y la dependienta {le} dijo que allí no se vendía a gitanos.",
            "Al entrar en {unp}, el encargado pidió {a} de etnia gitana que se marchara[|n].",
        ],
        "details": [
            "A otros clientes no se {le}s pidió nada.".replace("{le}s", "les"), "Mientras tanto, otras personas entraban sin dificultad.",
            "El encargado dijo que eran las normas de la casa.", "Un empleado comentó que con los gitanos siempre pasaba lo mismo.",
            "No había ocurrido nada que lo justificara.", "{r} [se sintió|se sintieron] <humillad[o|a|os|as];muy avergonzad[o|a|os|as]>.",
            "Al preguntar el motivo, nadie {le} contestó.",
        ],
        "informs": [
            "Se informó {a} de su derecho a pedir la hoja de reclamaciones.", "Se asesoró {a} sobre el derecho de admisión y sus límites.",
            "Se acompañó {a} {ap} para pedir la hoja de reclamaciones.", "Desde la entidad se explicó {a} cómo presentar una reclamación de consumo.",
        ],
        "acts": [
            "Se presentó una reclamación ante la oficina municipal de consumo.", "Se contactó con la dirección {dep} para exponer los hechos y pedir una explicación.",
            "El equipo de igualdad remitió una carta a la dirección {dep} en la que se pedía una disculpa.",
            "Se envió un escrito {ap} y se solicitó que se revisara el trato a la clientela gitana.",
            "Se medió con la persona encargada {dep}, a la que se explicó que esa conducta es discriminatoria.",
            "Se puso una queja ante la empresa de seguridad por la actuación de su personal.",
        ],
        "also": [
            "Se propuso una formación en igualdad de trato para el personal.", "Se pidió que el personal atienda a todas las personas por igual.",
            "Se solicitó que se conservaran las imágenes de las cámaras.", "Se ofreció {ap} una charla sobre la comunidad gitana.",
        ],
    },
    "Empleo": {
        "general": "la empresa",
        "forms": ("m", "f"),
        "events": [
            "{s} [acudió|acudieron] a una entrevista de trabajo en {unp} y, al saber que era[|n] de etnia gitana, {le} dijeron que el puesto estaba cubierto.",
            "{s} [trabajaba|trabajaban] en {unp} y [fue despedido|fue despedida|fueron despedidos|fueron despedidas] cuando el jefe supo que era[|n] de etnia gitana.",
            "En {unp}, un compañero hacía cada día comentarios contra los gitanos delante de {u}.",
            "{s} [envió|enviaron] su currículum a {unp} y {le} contestaron que no contrataban a gitanos.",
            "{s} [hacía|hacían] prácticas en {unp} y la responsable {le} prohibió tratar con los clientes.",
            "{s} [vio|vieron] cómo en {unp} se renovaba el contrato a toda la plantilla menos [a él|a ella|a ellos|a ellas].",
            "El encargado {dep} pidió que no se enviaran personas gitanas a la selección, y {u} [quedó|quedaron] fuera.",
        ],
        "details": [
            "Hasta entonces no había recibido ninguna queja de su trabajo.", "Por teléfono {le} habían asegurado que el puesto seguía libre.",
            "El anuncio siguió publicado durante dos semanas.", "La encargada dijo que los clientes no lo verían bien.",
            "{r} [tenía|tenían] la experiencia y el título que se pedían.", "Otra persona con menos experiencia consiguió el puesto.",
        ],
        "informs": [
            "Se asesoró {a} sobre sus derechos laborales y los plazos para reclamar.", "Se acompañó {a} a la consulta con una abogada laboralista.",
            "Se informó {a} de la posibilidad de denunciar ante la Inspección de Trabajo.", "El servicio jurídico estudió con {r} el contrato y los mensajes recibidos.",
        ],
        "acts": [
            "Se contactó con la empresa para conocer su versión y pedir que rectificara.", "Se presentó una denuncia ante la Inspección de Trabajo.",
            "Se remitió un escrito al departamento de personal {dep} en el que se pedían los criterios de selección.",
            "Se medió con la dirección {dep} para que se valorase su candidatura por sus méritos.",
            "Se dio cuenta de los hechos al comité de empresa y se solicitó que interviniera.",
            "Se recordó por carta a la empresa la prohibición de discriminar en el empleo.",
        ],
        "also": [
            "Se ofreció a la empresa una sesión de formación sobre igualdad de trato.", "Se ayudó {a} a buscar otras ofertas de trabajo.",
            "Se preparó la papeleta de conciliación.", "Se pidió a la empresa que aplicara su protocolo contra el acoso.",
        ],
    },
    "Vivienda": {
        "general": "la propiedad",
        "events": [
            "{s} [llamó|llamaron] por un piso en alquiler y, al conocer su apellido, {le} dijeron que ya estaba alquilado.",
            "{s} [visitó|visitaron] un piso en alquiler y después {p} {le} comunicó que no alquilaba a gitanos.",
            "{s} [había|habían] acordado el alquiler de una vivienda, pero {p} lo anuló al ver que era[|n] de etnia gitana.",
            "Los vecinos de un edificio recogieron firmas para que {u} no [se mudara|se mudaran] a la finca.",
            "{s} [solicitó|solicitaron] un alquiler y {p} {le} exigió un aval y seis meses de fianza que no pedía a otras personas.",
            "Desde que [se mudó|se mudaron], {u} [recibe|reciben] insultos y notas en el buzón para que deje[|n] el piso.",
            "{s} [quiso|quisieron] comprar una casa y {p} dejó de contestar a sus llamadas tras conocer[lo|la|los|las].",
        ],
        "details": [
            "El anuncio siguió publicado al día siguiente.", "Una conocida que no es gitana llamó después y {le} ofrecieron una visita.".replace("{le} ofrecieron", "le ofrecieron"),
            "{r} [tenía|tenían] nóminas y el dinero de la fianza.", "Se dijo que los demás vecinos no querían gitanos en el edificio.",
            "{r} [lleva|llevan] meses buscando casa sin resultado.", "La razón cambió dos veces en la misma llamada.",
        ],
        "informs": [
            "Se informó {a} de que negar un alquiler por el origen es discriminación.", "Se asesoró {a} sobre cómo guardar los mensajes y el anuncio como prueba.",
            "Se acompañó {a} en la búsqueda de otra vivienda.", "Se explicó {a} cómo reclamar ante la oficina de vivienda.",
        ],
        "acts": [
            "Se contactó con la agencia inmobiliaria para pedir una explicación y recordar la ley.", "Se medió con la propiedad para que reconsiderase su decisión.",
            "Se remitió un escrito al colegio de agentes inmobiliarios.", "Se escribió a la propiedad y se {le} ofreció una entrevista con {r}.".replace("se {le} ofreció", "se le ofreció"),
            "Se pidió una reunión con la comunidad de propietarios, en la que medió un técnico de la entidad.",
            "Se presentó una queja ante la oficina municipal de vivienda.",
        ],
        "also": [
            "Se solicitó que se retirara la condición del anuncio.", "Se pidió a los servicios sociales una alternativa de alojamiento.",
            "Se ofreció a la propiedad información sobre los programas de alquiler con garantías.", "Se propuso a los vecinos un encuentro de convivencia.",
        ],
    },
    "Educación": {
        "general": "el centro escolar",
        "events": [
            "{s} [contó|contaron] que en {p} una profesora hizo comentarios sobre los gitanos delante de toda la clase.",
            "{s} [intentó|intentaron] matricular a su hijo en {unp} y {le} dijeron que no quedaban plazas.",
            "La hija de {u} sufría insultos por ser gitana en {p}, y la dirección no hizo nada.",
            "El hijo de {u} fue sentado aparte en {p} junto con los demás niños gitanos.",
            "{s} [supo|supieron] que en {p} su hija había quedado fuera de una excursión a la que iba toda la clase.",
            "En {p}, un profesor dijo a {u} que los gitanos no valían para estudiar.",
            "En {p} se culpó a los alumnos gitanos de un hurto sin ninguna prueba, entre ellos al hijo de {u}.",
        ],
        "details": [
            "Desde entonces la niña no quiere ir a clase.", "Después se supo que otra familia había conseguido plaza.", "La tutora respondió que eran cosas de niños.",
            "Los compañeros repetían los insultos en el patio.", "Nadie llamó a la familia.", "El centro dijo que no había observado nada.",
        ],
        "informs": [
            "Se acompañó {a} a una reunión con la dirección del centro.", "Se asesoró {a} sobre el protocolo de acoso escolar.",
            "Se informó {a} de cómo reclamar ante la inspección educativa.", "La promotora escolar de la entidad habló con {r} y con el alumnado.",
        ],
        "acts": [
            "Se solicitó una reunión con la dirección {dep} para tratar lo ocurrido.", "Se presentó una queja ante la inspección educativa.",
            "Se remitió un escrito a la dirección {dep} en el que se pedía la apertura del protocolo de acoso.",
            "Se medió con la tutora y con la jefatura de estudios para que cambiara la situación.",
            "Se pidió a la comisión de escolarización que revisara la decisión.", "Se contactó con el equipo de orientación {dep} para que atendiera el caso.",
        ],
        "also": [
            "Se propuso una sesión sobre la historia y la cultura gitanas para el alumnado.", "Se ofreció formación al profesorado sobre prejuicios.",
            "Se solicitó apoyo psicológico para el menor.", "Se pidió que el centro informara a la familia de las medidas tomadas.",
        ],
    },
    "Salud": {
        "general": "el centro sanitario",
        "events": [
            "{s} [acudió|acudieron] a {p} con dolor y el médico {le} dijo que los gitanos siempre exageran.",
            "En {p}, una enfermera mandó callar a {u} con comentarios sobre su etnia.",
            "{s} [esperó|esperaron] cuatro horas en {p} mientras pasaban personas que habían llegado después.",
            "{s} [pidió|pidieron] cita en {p} y la administrativa {le} habló con desprecio por ser de etnia gitana.",
            "El personal de {p} avisó a seguridad cuando {u} [preguntó|preguntaron] por un familiar ingresado.",
            "{s} [dio|dieron] a conocer que en {p} anotaron su etnia en el informe sin ninguna razón médica.",
            "{s} [acompañaba|acompañaban] a un familiar enfermo en {p} y solo [a él|a ella|a ellos|a ellas] {le} prohibieron el paso.",
        ],
        "details": [
            "A otras familias se les permitió quedarse.", "No se {le} hizo ninguna prueba.", "El trato a las demás personas era correcto.",
            "{r} [salió|salieron] sin diagnóstico.", "Se dijo que venían siempre en grupo y molestaban.", "Al día siguiente el dolor había empeorado.",
        ],
        "informs": [
            "Se informó {a} de sus derechos como paciente y de cómo reclamar.", "Se acompañó {a} al servicio de atención al paciente.",
            "Se ayudó {a} a redactar una reclamación por el trato recibido.", "La mediadora de la entidad acompañó {a} a la siguiente cita.",
        ],
        "acts": [
            "Se presentó una reclamación en el servicio de atención al paciente.", "Se pidió una reunión con la dirección médica para exponer lo sucedido.",
            "Se remitió un escrito a la gerencia sanitaria en el que se solicitaba una disculpa.",
            "Se contactó con la trabajadora social del centro para que mediara con el personal.",
            "Se presentó una queja ante la defensoría del paciente.", "Se solicitó el cambio de médico y la corrección del informe.",
        ],
        "also": [
            "Se ofreció al personal sanitario una formación sobre trato igualitario.", "Se pidió copia de la historia clínica.",
            "Se propuso que una mediadora acompañe a las familias gitanas.", "Se solicitó una segunda opinión médica.",
        ],
    },
    "Servicios policiales": {
        "general": "la zona",
        "events": [
            "{s} [iba|iban] por {p} cuando dos agentes [lo|la|los|las] pararon y {le} pidieron la documentación sin motivo.",
            "La policía registró en {p} a {u} y a nadie más de los que pasaban.",
            "{s} [fue|fueron] a denunciar un robo y el agente {le} dijo que los gitanos no son víctimas.",
            "Un agente multó en {p} a {u} por una falta que no se sancionó a otras personas.",
            "{s} [ha sido identificado|ha sido identificada|han sido identificados|han sido identificadas] {n} veces en un mes en {p} por los mismos agentes.",
            "Durante un control en {p}, los agentes solo detuvieron el vehículo de {u}.",
        ],
        "details": [
            "Al preguntar por la razón, {le} respondieron que por la pinta.", "Los agentes no quisieron dar su número de identificación.",
            "No se encontró nada y no hubo denuncia.", "Uno de los agentes hizo un comentario sobre los gitanos.", "A quienes estaban al lado no se {le}s pidió nada.".replace("{le}s", "les"),
        ],
        "informs": [
            "Se informó {a} de los requisitos de una identificación y de cómo denunciar.", "Se asesoró {a} sobre cómo presentar una queja por la actuación policial.",
            "Se acompañó {a} a presentar la denuncia.", "El servicio jurídico escuchó {a} y valoró los hechos.",
        ],
        "acts": [
            "Se presentó una queja ante la jefatura de policía.", "Se remitió un escrito al Defensor del Pueblo por la identificación sin motivo.",
            "Se pidió una reunión con la jefatura de la policía local para tratar lo ocurrido.", "Se solicitó por escrito la identidad de los agentes y el motivo de la actuación.",
            "Se contactó con la unidad de diversidad de la policía.", "Se presentó una denuncia en el juzgado de guardia.",
        ],
        "also": [
            "Se propuso una formación sobre perfil étnico para los agentes.", "Se pidió un registro de las identificaciones.",
            "Se recogió el testimonio de las personas presentes.", "Se solicitó que se conservaran las grabaciones de la zona.",
        ],
    },
    "Medios de comunicación": {
        "general": "el medio",
        "forms": ("f", "fp"),
        "events": [
            "En {unp} se publicó una noticia sobre <una pelea;un robo;un desalojo;una detención> en la que se citaba la etnia gitana de las personas implicadas.",
            "En {unp}, un tertuliano afirmó que los gitanos <viven de las ayudas;no quieren integrarse;son un problema> sin que nadie lo corrigiera.",
            "{p} ilustró un reportaje sobre <delincuencia;pobreza;drogas> con la fotografía de una familia gitana que nada tenía que ver.",
            "Un titular de {unp} hablaba de clanes gitanos al informar de <un conflicto entre vecinos;una pelea;un suceso>.",
            "{p} difundió una imagen llena de estereotipos del pueblo gitano.", "En {unp} se hicieron bromas sobre los gitanos y el trabajo.",
        ],
        "details": [
            "Decir la etnia no añadía nada a la información.", "En otros sucesos no se citaba el origen de nadie.",
            "Los comentarios de los lectores se llenaron de insultos.", "La noticia se compartió miles de veces.", "No se consultó a ninguna persona gitana.",
        ],
        "informs": [
            "El equipo de igualdad analizó la noticia y reunió las pruebas.", "Se recogió la queja de varias personas gitanas.",
            "Desde la entidad se valoró el contenido conforme al código deontológico de la prensa.",
        ],
        "acts": [
            "Se envió una carta a la dirección {dep} en la que se pedía que se retirara la mención de la etnia.",
            "Se remitió un escrito {ap} y se recordó el código deontológico de los periodistas.",
            "Se contactó con la redacción para explicar el daño que causan estas informaciones.",
            "Se presentó una queja ante la comisión deontológica del colegio de periodistas.",
            "Se solicitó {ap} una rectificación y se ofreció información sobre la comunidad gitana.",
        ],
        "also": [
            "Se adjuntó una guía para informar sobre la comunidad gitana.", "Se pidió que se moderaran los comentarios de los lectores.",
            "Se propuso una entrevista con personas gitanas de la localidad.", "Se ofreció a la redacción una sesión de formación.",
        ],
    },
    "Redes sociales": {
        "general": "la plataforma",
        "events": [
            "En {unp} se publicaron mensajes que pedían echar a los gitanos <del barrio;del pueblo;de la ciudad>.",
            "{s} [recibió|recibieron] insultos en {unp} por ser de etnia gitana.",
            "Un usuario difundió en {unp} un montaje que se burlaba de los gitanos.",
            "{s} [publicó|publicaron] una foto familiar en {unp} y varios usuarios respondieron con amenazas y desprecio a su etnia.",
            "En {unp} se acusó a los gitanos de un delito que no habían cometido.", "Un mensaje en {unp} decía que los gitanos no merecen ayudas.",
        ],
        "details": [
            "El mensaje recibió cientos de apoyos en pocas horas.", "Varias personas lo denunciaron sin respuesta.", "El autor no daba su nombre.",
            "Quienes pedían respeto eran insultados.", "El contenido seguía visible una semana después.",
        ],
        "informs": [
            "Se guardaron capturas de los mensajes con su fecha y dirección.", "El equipo de igualdad estudió los mensajes y su gravedad.",
            "Se explicó cómo denunciar los mensajes y conservar las pruebas.",
        ],
        "acts": [
            "Se denunció el contenido ante la plataforma y se pidió su retirada.", "Se comunicaron los mensajes a la fiscalía de delitos de odio.",
            "Se contactó con la administración {dep} para que borrara los mensajes.", "Se informó a la plataforma de que los mensajes podían ser discurso de odio.",
            "Se presentó una denuncia ante la policía por los mensajes más graves.",
        ],
        "also": [
            "Se publicó un mensaje en contra de los prejuicios.", "Se pidió que se bloqueara la cuenta del autor.",
            "Se propuso a la administración unas normas de convivencia.", "Se siguió la publicación hasta comprobar si se retiraba.",
        ],
    },
    "Otros": {
        "general": "la institución",
        "events": [
            "{s} [pidió|pidieron] un trámite en {p} y {le} exigieron papeles que no se piden a nadie más.",
            "En {p} trataron con desprecio a {u} y {le} dijeron que los de su raza siempre pedían lo mismo.",
            "{s} [solicitó|solicitaron] el uso de un local {ap} y se lo negaron al saber que era para un acto de la comunidad gitana.",
            "En una fiesta organizada por {p} se representó a los gitanos con burlas, y {u} [protestó|protestaron].",
            "{s} [fue|fueron] con su familia {ap} y {le} dijeron que no había sitio, aunque otras personas entraban.",
        ],
        "details": [
            "A otras personas el trámite se les resolvió en el momento.", "El responsable dijo que no era cosa suya.", "La respuesta tardó meses en llegar.",
            "{r} [se marchó|se marcharon] sin poder hacer la gestión.", "Nadie {le} dio una razón.",
        ],
        "informs": [
            "Se explicó {a} qué requisitos se pueden pedir y cuáles no.", "Se acompañó {a} a repetir la gestión.", "Se ayudó {a} a presentar una queja por escrito.",
        ],
        "acts": [
            "Se remitió un escrito {ap} en el que se pedía una explicación.", "Se presentó una queja ante la defensoría autonómica.",
            "Se pidió una reunión con la persona responsable {dep}.", "Se contactó {conp} para que se revisara la decisión.",
            "Se medió con la persona responsable y se recordó la obligación de tratar a todos por igual.",
        ],
        "also": [
            "Se propuso una charla sobre igualdad de trato.", "Se solicitó que se cambiara la norma.", "Se pidió una disculpa por escrito.",
            "Se ofreció colaborar en un acto sobre la cultura gitana.",
        ],
    },
}
