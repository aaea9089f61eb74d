package bench;

import java.io.File;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What the stubs call: the behaviours of `acts`, found by class, name and parameters. */
public final class Bench {
    private Bench() {}

    /** The version of Android; what came later is not there. */
    public static int api = 34;

    private static final Map<String, Method> BY_KEY = new HashMap<>();
    /** Since which version there is what has a behaviour, where Android has not always had it. */
    private static final Map<String, Integer> SINCE = new HashMap<>();
    /** What was called and has no behaviour: a case fails by it, even if the fault was caught. */
    public static final List<String> LACKING = new ArrayList<>();
    private static final Map<Key, Map<String, Object>> STATES = new HashMap<>();

    static {
        try {
            String root = Bench.class.getProtectionDomain().getCodeSource().getLocation().getPath();
            for (String file : new File(root, "acts").list()) {
                Class<?> one = Class.forName("acts." + file.replace(".class", ""));
                if (one.isAnnotationPresent(Acts.class)) {
                    take(one);
                }
            }
        } catch (ReflectiveOperationException fault) {
            throw new ExceptionInInitializerError(fault);
        }
    }

    /**
     * Takes the behaviours of a class. A method is of an object where its first parameter is the
     * stub, else of the class; `made` is of constructors; `Object...` at the end takes any overload.
     * One that Android has not is refused: what is tested must be what is there.
     */
    private static void take(Class<?> acts) {
        Class<?> stub = acts.getAnnotation(Acts.class).value();
        for (Method one : acts.getDeclaredMethods()) {
            if (one.isSynthetic() || java.lang.reflect.Modifier.isPrivate(one.getModifiers())) {
                continue;
            }
            one.setAccessible(true);
            List<Class<?>> types = new ArrayList<>(Arrays.asList(one.getParameterTypes()));
            boolean isOfObject = !types.isEmpty() && types.get(0) == stub;
            String name = one.getName().equals("made") ? "<init>" : one.getName();
            boolean isFound = false;
            for (Executable there : executables(stub)) {
                String other = there instanceof Constructor ? "<init>" : there.getName();
                List<Class<?>> given = Arrays.asList(there.getParameterTypes());
                List<Class<?>> wanted = isOfObject ? types.subList(1, types.size()) : types;
                if (other.equals(name) && (one.isVarArgs() || wanted.equals(given))) {
                    isFound = true;
                    SINCE.put(stub.getName() + "." + name + shown(given),
                            Math.max(since(stub), since(there)));
                }
            }
            if (!isFound) {
                throw new AssertionError("bench: Android has no " + stub.getName() + "." + one);
            }
            if (one.isVarArgs()) {
                BY_KEY.put(stub.getName() + "." + name, one);
            } else {
                List<Class<?>> given = types.subList(isOfObject ? 1 : 0, types.size());
                BY_KEY.put(stub.getName() + "." + name + shown(given), one);
            }
        }
    }

    private static String shown(List<Class<?>> types) {
        return types.stream().map(Class::getSimpleName)
                .collect(Collectors.joining(",", "(", ")"));
    }

    private static List<Executable> executables(Class<?> stub) {
        List<Executable> found = new ArrayList<>(Arrays.asList(stub.getDeclaredMethods()));
        found.addAll(Arrays.asList(stub.getDeclaredConstructors()));
        return found;
    }

    /** Does what `key` does, `android.app.Activity.finish()`; null for a static method's `self`. */
    public static Object call(String key, Object self, Object... given) {
        String before = key.substring(0, key.indexOf('('));
        String member = key.substring(before.lastIndexOf('.') + 1);
        String owner = before.substring(0, before.lastIndexOf('.'));
        boolean isConstructor = member.startsWith("<init>");
        Class<?> stub = null;
        try {
            stub = Class.forName(owner);
        } catch (ClassNotFoundException fault) {
            throw new AssertionError(fault);
        }
        for (; stub != null; stub = isConstructor ? null : stub.getSuperclass()) {
            Method found = BY_KEY.get(stub.getName() + "." + member);
            Method any = BY_KEY.get(stub.getName() + "." + member.substring(0, member.indexOf('(')));
            if (SINCE.getOrDefault(stub.getName() + "." + member, 0) > api) {
                throw new NoSuchMethodError("bench: " + api + " has no " + key);
            }
            if (found != null) {
                return run(found, self, given);
            }
            if (any != null) {
                return run(any, self, new Object[] {given});
            }
        }
        if (isConstructor) {
            return null;
        }
        switch (member) {
            case "equals(Object)": return self == given[0];
            case "hashCode()": return System.identityHashCode(self);
            case "toString()": return owner + "@" + System.identityHashCode(self);
            default: LACKING.add(key);
        }
        throw new UnsupportedOperationException("bench: no behaviour for " + key);
    }

    private static Object run(Method found, Object self, Object[] given) {
        Object[] all = given;
        if (found.getParameterCount() == given.length + 1) {
            all = new Object[given.length + 1];
            all[0] = self;
            System.arraycopy(given, 0, all, 1, given.length);
        }
        try {
            return found.invoke(null, all);
        } catch (InvocationTargetException fault) {
            throw Bench.<RuntimeException>thrown(fault.getCause());
        } catch (IllegalAccessException fault) {
            throw new AssertionError(fault);
        }
    }

    /** Throws what Android throws, checked or not. */
    @SuppressWarnings("unchecked")
    public static <T extends Throwable> T thrown(Throwable fault) throws T {
        throw (T) fault;
    }

    /** Throws an exception by its class's name. */
    public static void fail(String name, String message) {
        try {
            Class<?> kind = Class.forName(name);
            try {
                throw Bench.<RuntimeException>thrown(
                        (Throwable) kind.getConstructor(String.class).newInstance(message));
            } catch (NoSuchMethodException none) {
                throw Bench.<RuntimeException>thrown(
                        (Throwable) kind.getConstructor().newInstance());
            }
        } catch (ReflectiveOperationException fault) {
            throw new AssertionError("bench: " + name, fault);
        }
    }

    public static RuntimeException unwritten() {
        return new UnsupportedOperationException("bench: a class for compiling, not for running");
    }

    /** What an object holds, by name; the stubs have no fields of their own for it. */
    public static synchronized Map<String, Object> of(Object self) {
        return STATES.computeIfAbsent(new Key(self), one -> new LinkedHashMap<>());
    }

    /** Forgets what all objects hold: their tablet is no more. */
    public static synchronized void forget() {
        STATES.clear();
    }

    @SuppressWarnings("unchecked")
    public static <T> T get(Object self, String name) {
        return (T) of(self).get(name);
    }

    public static <T> T set(T self, String name, Object value) {
        of(self).put(name, value);
        return self;
    }

    /** Compares by identity. */
    private static final class Key {
        private final Object object;
        Key(Object object) { this.object = object; }
        @Override public int hashCode() { return System.identityHashCode(object); }
        @Override public boolean equals(Object other) {
            return other instanceof Key && ((Key) other).object == object;
        }
    }

    /** Returns an object of a stub whose constructor Android keeps to itself. */
    public static <T> T make(Class<T> stub) {
        try {
            Constructor<T> found = stub.getDeclaredConstructor();
            found.setAccessible(true);
            return found.newInstance();
        } catch (ReflectiveOperationException fault) {
            throw new AssertionError(fault);
        }
    }

    private static int since(java.lang.reflect.AnnotatedElement one) {
        Since since = one.getAnnotation(Since.class);
        return since == null ? 0 : since.value();
    }

    private static boolean isThere(java.lang.reflect.AnnotatedElement one) {
        return since(one) <= api;
    }

    /** Whether this version of Android has a class. */
    public static boolean has(String name) {
        try {
            Class<?> found = Class.forName(name);
            return isThere(found);
        } catch (ClassNotFoundException fault) {
            return false;
        }
    }

    /** The methods that this version of Android has. */
    public static Method[] methods(Class<?> one) {
        return Arrays.stream(one.getDeclaredMethods()).filter(Bench::isThere)
                .toArray(Method[]::new);
    }

    public static Field[] fields(Class<?> one) {
        return Arrays.stream(one.getDeclaredFields()).filter(Bench::isThere).toArray(Field[]::new);
    }

    public static Constructor<?>[] constructors(Class<?> one) {
        return Arrays.stream(one.getConstructors()).filter(Bench::isThere)
                .toArray(Constructor<?>[]::new);
    }
}
