package bench;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;

/** A class of behaviours: its static methods are what the methods of a stub do, by their name. */
@Retention(RetentionPolicy.RUNTIME)
public @interface Acts {
    /** The stub. */
    Class<?> value();
}
