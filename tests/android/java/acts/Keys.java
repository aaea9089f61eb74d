package acts;

import android.security.keystore.KeyGenParameterSpec;
import bench.Acts;
import bench.Bench;
import bench.Device;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.InvalidAlgorithmParameterException;
import java.security.Key;
import java.security.KeyStoreSpi;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.spec.AlgorithmParameterSpec;
import java.util.Collections;
import java.util.Date;
import java.util.Enumeration;
import javax.crypto.KeyGeneratorSpi;
import javax.crypto.SecretKey;

/** The provider AndroidKeyStore; its keys are real ones, and the cipher is OpenJDK's own. */
public final class Keys extends Provider {
    public Keys() {
        super("AndroidKeyStore", "1.0", "bench");
        put("KeyStore.AndroidKeyStore", Store.class.getName());
        put("KeyStore.AndroidCAStore", Authorities.class.getName());
        put("KeyGenerator.AES", Maker.class.getName());
    }

    /** A key of the hardware: whoever asks for its bytes uses it, which may go wrong. */
    public static final class Held implements SecretKey {
        private final byte[] bytes;

        Held(byte[] bytes) { this.bytes = bytes; }

        @Override public String getAlgorithm() { return "AES"; }
        @Override public String getFormat() { return "RAW"; }
        @Override public byte[] getEncoded() {
            Device.pass("use");
            return bytes.clone();
        }
    }

    public static final class Maker extends KeyGeneratorSpi {
        private KeyGenParameterSpec spec;

        @Override protected void engineInit(SecureRandom random) {
            throw new IllegalArgumentException("Cannot initialize without a KeyGenParameterSpec");
        }

        @Override protected void engineInit(int size, SecureRandom random) {
            engineInit(random);
        }

        @Override protected void engineInit(AlgorithmParameterSpec given, SecureRandom random)
                throws InvalidAlgorithmParameterException {
            if (!(given instanceof KeyGenParameterSpec)) {
                throw new InvalidAlgorithmParameterException("not a KeyGenParameterSpec");
            }
            spec = (KeyGenParameterSpec) given;
        }

        @Override protected SecretKey engineGenerateKey() {
            Device.pass("generateKey");
            String modes = String.join(",", Bench.<String[]>get(spec, "modes"));
            String paddings = String.join(",", Bench.<String[]>get(spec, "paddings"));
            if (!modes.equals("GCM") || !paddings.equals("NoPadding")
                    || !Integer.valueOf(3).equals(Bench.get(spec, "purposes"))) {
                throw new IllegalStateException("this key would not do AES/GCM/NoPadding");
            }
            byte[] bytes = new byte[Bench.<Integer>get(spec, "size") / 8];
            new SecureRandom().nextBytes(bytes);
            Device.keys.put(Bench.get(spec, "alias"), bytes);
            return new Held(bytes);
        }
    }

    public static final class Store extends KeyStoreSpi {
        @Override public Key engineGetKey(String alias, char[] password)
                throws java.security.UnrecoverableKeyException {
            Device.pass("getKey");
            byte[] found = Device.keys.get(alias);
            return found == null ? null : new Held(found);
        }

        @Override public boolean engineContainsAlias(String alias) {
            Device.pass("containsAlias");
            return Device.keys.containsKey(alias);
        }

        @Override public void engineDeleteEntry(String alias) {
            Device.pass("deleteEntry");
            Device.keys.remove(alias);
        }

        @Override public void engineLoad(InputStream stream, char[] password) {
            Device.pass("load");
        }

        @Override public void engineLoad(java.security.KeyStore.LoadStoreParameter given) {
            Device.pass("load");
        }

        @Override public Certificate[] engineGetCertificateChain(String alias) { return null; }
        @Override public Certificate engineGetCertificate(String alias) { return null; }
        @Override public Date engineGetCreationDate(String alias) { return new Date(); }
        @Override public void engineSetKeyEntry(
                String alias, Key key, char[] password, Certificate[] chain) {}
        @Override public void engineSetKeyEntry(String alias, byte[] key, Certificate[] chain) {}
        @Override public void engineSetCertificateEntry(String alias, Certificate one) {}
        @Override public Enumeration<String> engineAliases() {
            return Collections.enumeration(Device.keys.keySet());
        }
        @Override public int engineSize() { return Device.keys.size(); }
        @Override public boolean engineIsKeyEntry(String alias) { return true; }
        @Override public boolean engineIsCertificateEntry(String alias) { return false; }
        @Override public String engineGetCertificateAlias(Certificate one) { return null; }
        @Override public void engineStore(OutputStream stream, char[] password) {}
    }
}

@Acts(KeyGenParameterSpec.Builder.class)
final class KeyGenParameterSpecBuilderActs {
    static void made(KeyGenParameterSpec.Builder self, String alias, int purposes) {
        KeyGenParameterSpec spec = Bench.make(KeyGenParameterSpec.class);
        Bench.set(Bench.set(spec, "alias", alias), "purposes", purposes);
        Bench.set(self, "spec", spec);
    }

    private static KeyGenParameterSpec.Builder set(
            KeyGenParameterSpec.Builder self, String name, Object value) {
        Bench.set(Bench.<KeyGenParameterSpec>get(self, "spec"), name, value);
        return self;
    }

    static KeyGenParameterSpec.Builder setBlockModes(
            KeyGenParameterSpec.Builder self, String[] modes) {
        return set(self, "modes", modes);
    }

    static KeyGenParameterSpec.Builder setEncryptionPaddings(
            KeyGenParameterSpec.Builder self, String[] paddings) {
        return set(self, "paddings", paddings);
    }

    static KeyGenParameterSpec.Builder setKeySize(KeyGenParameterSpec.Builder self, int bits) {
        return set(self, "size", bits);
    }

    static KeyGenParameterSpec build(KeyGenParameterSpec.Builder self) {
        return Bench.get(self, "spec");
    }
}
