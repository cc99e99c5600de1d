class Hnsplan < Formula
  desc "Compiles Kubernetes Services to the rules of every node platform, offline"
  homepage "@URL@"
  version "@VERSION@"
  license "Apache-2.0"

  on_linux do
    on_intel do
      url "@URL@/hnsplan-@VERSION@-x86_64-unknown-linux-musl.tar.gz"
      sha256 "@SHA256:x86_64-unknown-linux-musl@"
    end
    on_arm do
      url "@URL@/hnsplan-@VERSION@-aarch64-unknown-linux-musl.tar.gz"
      sha256 "@SHA256:aarch64-unknown-linux-musl@"
    end
  end

  def install
    bin.install "hnsplan"
    man1.install Dir["man/*.1"]
    bash_completion.install "completions/hnsplan.bash" => "hnsplan"
    zsh_completion.install "completions/hnsplan.zsh" => "_hnsplan"
    fish_completion.install "completions/hnsplan.fish"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/hnsplan --version")
  end
end
