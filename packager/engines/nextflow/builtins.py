"""The names that every script knows: functions, operators, directives and classes.

Sources: Nextflow's reference pages for the script DSL, operators, channel factories and process directives (26.04); Groovy's
default imports (`java.lang`, `java.util`, `java.io`, `java.net`, `groovy.lang`, `groovy.util`) with Java 17.
"""

from __future__ import annotations

VARIABLES = frozenset(
    [
        "Channel", "args", "channel", "log", "nextflow", "workflow", "params", "baseDir", "launchDir", "moduleDir", "projectDir",
        "secrets", "workDir",
    ]
)  # fmt: skip
FUNCTIONS = frozenset(
    [
        "branchCriteria", "env", "error", "exit", "file", "files", "groupKey", "multiMapCriteria", "print", "printf", "println",
        "record", "sendMail", "sleep", "tuple",
    ]
)  # fmt: skip
OPERATORS = frozenset(
    [
        "branch", "buffer", "collate", "collect", "collectFile", "combine", "concat", "count", "countFasta", "countFastq",
        "countJson", "countLines", "cross", "distinct", "dump", "filter", "first", "flatMap", "flatten", "groupTuple", "ifEmpty",
        "join", "last", "map", "max", "merge", "min", "mix", "multiMap", "randomSample", "reduce", "set", "splitCsv",
        "splitFasta", "splitFastq", "splitJson", "splitText", "subscribe", "sum", "take", "tap", "toInteger", "toList",
        "toSortedList", "transpose", "unique", "until", "view",
    ]
)  # fmt: skip
# With those that HealthOmics adds (`omics...`).
DIRECTIVES = frozenset(
    [
        "accelerator", "afterScript", "arch", "array", "beforeScript", "cache", "clusterOptions", "conda", "container",
        "containerOptions", "cpus", "debug", "disk", "errorStrategy", "executor", "ext", "fair", "hints", "label", "machineType",
        "maxErrors", "maxForks", "maxRetries", "maxSubmitAwait", "memory", "module", "omicsResourceFallbackOrder",
        "omicsResourceWaitTimeoutInMin", "omicsRetryOn5xx", "penv", "pod", "publishDir", "queue", "resourceLabels",
        "resourceLimits", "scratch", "secret", "shell", "spack", "stageInMode", "stageOutMode", "storeDir", "tag", "time",
    ]
)  # fmt: skip
# Directives that 26.04 does not have, with their new names.
FORMER_DIRECTIVES = {"echo": "debug"}
FEATURE_FLAGS = frozenset(
    [
        "nextflow.enable.configProcessNamesValidation", "nextflow.enable.dsl", "nextflow.enable.moduleBinaries",
        "nextflow.enable.strict", "nextflow.enable.types", "nextflow.preview.recursion",
    ]
)  # fmt: skip
INPUT_QUALIFIERS = frozenset(["each", "env", "file", "path", "stdin", "tuple", "val"])
OUTPUT_QUALIFIERS = frozenset(["env", "eval", "file", "path", "stdout", "tuple", "val"])
# What a config may use besides its settings.
CONFIG_VARIABLES = frozenset(["params", "baseDir", "launchDir", "projectDir", "secrets"])
CONFIG_FUNCTIONS = frozenset(["env"])
# The first words of qualified class names.
PACKAGES = frozenset(["com", "groovy", "groovyx", "io", "java", "javax", "jdk", "net", "nextflow", "org", "sun"])
CLASSES = frozenset(
    [
        "AbstractCollection", "AbstractFactory", "AbstractList", "AbstractMap", "AbstractMethodError", "AbstractQueue",
        "AbstractSequentialList", "AbstractSet", "AdaptingMetaClass", "Appendable", "ArithmeticException", "ArrayDeque",
        "ArrayIndexOutOfBoundsException", "ArrayList", "ArrayStoreException", "Arrays", "AssertionError", "Authenticator",
        "AutoCloseable", "Bag", "Base64", "BenchmarkInterceptor", "BigDecimal", "BigInteger", "BindException", "Binding",
        "BitSet", "Boolean", "BootstrapMethodError", "BufferedInputStream", "BufferedIterator", "BufferedOutputStream",
        "BufferedReader", "BufferedWriter", "Buildable", "BuilderSupport", "Byte", "ByteArrayInputStream",
        "ByteArrayOutputStream", "CacheRequest", "CacheResponse", "Calendar", "Category", "Channel", "CharArrayReader",
        "CharArrayWriter", "CharConversionException", "CharSequence", "Character", "CharsetToolkit", "Class",
        "ClassCastException", "ClassCircularityError", "ClassFormatError", "ClassLoader", "ClassNotFoundException", "ClassValue",
        "CloneNotSupportedException", "Cloneable", "Closeable", "Closure", "ClosureComparator", "ClosureException",
        "ClosureInvokingMethod", "Collection", "Collections", "Comparable", "Comparator", "Compiler",
        "ConcurrentModificationException", "ConfigBinding", "ConfigObject", "ConfigSlurper", "ConnectException", "Console",
        "ContentHandler", "ContentHandlerFactory", "CookieHandler", "CookieManager", "CookiePolicy", "CookieStore", "Currency",
        "DataInput", "DataInputStream", "DataOutput", "DataOutputStream", "DatagramPacket", "DatagramSocket",
        "DatagramSocketImpl", "DatagramSocketImplFactory", "Date", "Delegate", "DelegatesTo", "DelegatingMetaClass",
        "DelegatingScript", "Deprecated", "DeprecationException", "Deque", "Dictionary", "Double", "DoubleSummaryStatistics",
        "DuplicateFormatFlagsException", "Duration", "EOFException", "EmptyRange", "EmptyStackException", "Enum",
        "EnumConstantNotPresentException", "EnumMap", "EnumSet", "Enumeration", "Error", "Eval", "EventListener",
        "EventListenerProxy", "EventObject", "Exception", "ExceptionInInitializerError", "Expando", "ExpandoMetaClass",
        "ExpandoMetaClassCreationHandle", "Externalizable", "Factory", "FactoryBuilderSupport", "FactoryInterceptorMetaClass",
        "File", "FileDescriptor", "FileFilter", "FileInputStream", "FileNameByRegexFinder", "FileNameMap",
        "FileNotFoundException", "FileOutputStream", "FilePermission", "FileReader", "FileTreeBuilder", "FileWriter",
        "FilenameFilter", "FilterInputStream", "FilterOutputStream", "FilterReader", "FilterWriter", "Float", "Flushable",
        "FormatFlagsConversionMismatchException", "Formattable", "FormattableFlags", "Formatter", "FormatterClosedException",
        "FunctionalInterface", "GString", "GeneratedGroovyProxy", "Grab", "GrabConfig", "GrabExclude", "GrabResolver", "Grapes",
        "GregorianCalendar", "GroovyCallable", "GroovyClassLoader", "GroovyCodeSource", "GroovyCollections",
        "GroovyInterceptable", "GroovyObject", "GroovyObjectSupport", "GroovyResourceLoader", "GroovyRuntimeException",
        "GroovyScriptEngine", "GroovyShell", "GroovySystem", "Groovydoc", "HashMap", "HashSet", "Hashtable", "HexFormat",
        "HttpCookie", "HttpRetryException", "HttpURLConnection", "IDN", "IFileNameFinder", "IOError", "IOException",
        "IdentityHashMap", "IllegalAccessError", "IllegalAccessException", "IllegalArgumentException", "IllegalCallerException",
        "IllegalFormatCodePointException", "IllegalFormatConversionException", "IllegalFormatException",
        "IllegalFormatFlagsException", "IllegalFormatPrecisionException", "IllegalFormatWidthException",
        "IllegalMonitorStateException", "IllegalPropertyAccessException", "IllegalStateException", "IllegalThreadStateException",
        "IllformedLocaleException", "IncompatibleClassChangeError", "IncorrectClosureArgumentsException", "IndentPrinter",
        "IndexOutOfBoundsException", "Inet4Address", "Inet6Address", "InetAddress", "InetSocketAddress", "InheritableThreadLocal",
        "InputMismatchException", "InputStream", "InputStreamReader", "InstantiationError", "InstantiationException", "IntRange",
        "IntSummaryStatistics", "Integer", "Interceptor", "InterfaceAddress", "InternalError", "InterruptedException",
        "InterruptedIOException", "InvalidClassException", "InvalidObjectException", "InvalidPropertiesFormatException",
        "Iterable", "Iterator", "JarURLConnection", "LayerInstantiationException", "Lazy", "LineNumberInputStream",
        "LineNumberReader", "LinkageError", "LinkedHashMap", "LinkedHashSet", "LinkedList", "List", "ListIterator",
        "ListResourceBundle", "ListWithDefault", "Locale", "Long", "LongSummaryStatistics", "MalformedURLException", "Map",
        "MapEntry", "MapWithDefault", "Math", "MemoryUnit", "MetaArrayLengthProperty", "MetaBeanProperty", "MetaClass",
        "MetaClassImpl", "MetaClassRegistry", "MetaClassRegistryChangeEvent", "MetaClassRegistryChangeEventListener",
        "MetaExpandoProperty", "MetaMethod", "MetaObjectProtocol", "MetaProperty", "MissingClassException",
        "MissingFieldException", "MissingFormatArgumentException", "MissingFormatWidthException", "MissingMethodException",
        "MissingPropertyException", "MissingResourceException", "Mixin", "Module", "ModuleLayer", "MulticastSocket",
        "MutableMetaClass", "NamedValue", "NavigableMap", "NavigableSet", "NegativeArraySizeException", "NetPermission",
        "NetworkInterface", "Newify", "NoClassDefFoundError", "NoRouteToHostException", "NoSuchElementException",
        "NoSuchFieldError", "NoSuchFieldException", "NoSuchMethodError", "NoSuchMethodException", "Node", "NodeBuilder",
        "NodeList", "NodePrinter", "NonEmptySequence", "NotActiveException", "NotSerializableException", "NullPointerException",
        "Number", "NumberFormatException", "NumberRange", "Object", "ObjectGraphBuilder", "ObjectInput", "ObjectInputFilter",
        "ObjectInputStream", "ObjectInputValidation", "ObjectOutput", "ObjectOutputStream", "ObjectRange", "ObjectStreamClass",
        "ObjectStreamConstants", "ObjectStreamException", "ObjectStreamField", "Objects", "Observable", "ObservableList",
        "ObservableMap", "ObservableSet", "Observer", "Optional", "OptionalDataException", "OptionalDouble", "OptionalInt",
        "OptionalLong", "OrderBy", "OutOfMemoryError", "OutputStream", "OutputStreamWriter", "Override", "Package",
        "PasswordAuthentication", "Path", "PermutationGenerator", "PipedInputStream", "PipedOutputStream", "PipedReader",
        "PipedWriter", "PortUnreachableException", "PrimitiveIterator", "PrintStream", "PrintWriter", "PriorityQueue", "Process",
        "ProcessBuilder", "ProcessHandle", "Properties", "PropertyAccessInterceptor", "PropertyPermission",
        "PropertyResourceBundle", "PropertyValue", "ProtocolException", "ProtocolFamily", "Proxy", "ProxyGenerator",
        "ProxyMetaClass", "ProxySelector", "PushbackInputStream", "PushbackReader", "Queue", "Random", "RandomAccess",
        "RandomAccessFile", "Range", "ReadOnlyPropertyException", "Readable", "Reader", "Record", "Reference",
        "ReflectiveOperationException", "ResourceBundle", "ResourceConnector", "ResourceException", "ResponseCache", "Runnable",
        "Runtime", "RuntimeException", "RuntimePermission", "SafeVarargs", "Scanner", "Script", "ScriptException",
        "SecureCacheResponse", "SecurityException", "SecurityManager", "Sequence", "SequenceInputStream", "Serial",
        "Serializable", "SerializablePermission", "ServerSocket", "ServiceConfigurationError", "ServiceLoader", "Set", "Short",
        "SimpleTimeZone", "Singleton", "Socket", "SocketAddress", "SocketException", "SocketImpl", "SocketImplFactory",
        "SocketOption", "SocketOptions", "SocketPermission", "SocketTimeoutException", "SortedMap", "SortedSet", "Spliterator",
        "Spliterators", "SplittableRandom", "SpreadListEvaluatingException", "SpreadMap", "SpreadMapEvaluatingException", "Stack",
        "StackOverflowError", "StackTraceElement", "StackWalker", "StandardProtocolFamily", "StandardSocketOptions",
        "StreamCorruptedException", "StreamTokenizer", "StrictMath", "String", "StringBuffer", "StringBufferInputStream",
        "StringBuilder", "StringIndexOutOfBoundsException", "StringJoiner", "StringReader", "StringTokenizer", "StringWriter",
        "StringWriterIOException", "SuppressWarnings", "SyncFailedException", "System", "Thread", "ThreadDeath", "ThreadGroup",
        "ThreadLocal", "Throwable", "TimeZone", "Timer", "TimerTask", "TooManyListenersException", "TracingInterceptor",
        "TrampolineClosure", "TreeMap", "TreeSet", "Tuple", "Tuple0", "Tuple1", "Tuple10", "Tuple11", "Tuple12", "Tuple13",
        "Tuple14", "Tuple15", "Tuple16", "Tuple2", "Tuple3", "Tuple4", "Tuple5", "Tuple6", "Tuple7", "Tuple8", "Tuple9",
        "TypeNotPresentException", "URI", "URISyntaxException", "URL", "URLClassLoader", "URLConnection", "URLDecoder",
        "URLEncoder", "URLPermission", "URLStreamHandler", "URLStreamHandlerFactory", "UTFDataFormatException", "UUID",
        "UncheckedIOException", "UnixDomainSocketAddress", "UnknownError", "UnknownFormatConversionException",
        "UnknownFormatFlagsException", "UnknownHostException", "UnknownServiceException", "UnsatisfiedLinkError",
        "UnsupportedClassVersionError", "UnsupportedEncodingException", "UnsupportedOperationException", "Value", "Vector",
        "VerifyError", "VersionNumber", "VirtualMachineError", "Void", "WeakHashMap", "Writable", "WriteAbortedException",
        "Writer",
    ]
)  # fmt: skip
